/** Numbers in options. Each throws an Error that names the option and what it must be. */
export function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value)))
    throw new Error(`${option} must be a number above 0, not "${text}"`);
  return value;
}

export function whole(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`${option} must be a whole number, 0 or more, not "${text}"`);
  return value;
}

export function share(option: string, text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value < 1)) throw new Error(`${option} must be at least 0 and below 1, not "${text}"`);
  return value;
}
