import type { ButtonHTMLAttributes } from 'react';

const LOOKS = {
  plain: 'border border-line bg-raised text-ink hover:border-quiet',
  main: 'bg-machine font-semibold text-stage hover:brightness-110',
  danger: 'border border-danger/60 text-danger hover:bg-danger/10',
};
type Look = keyof typeof LOOKS;

/** For links that look like buttons. */
export function buttonLook(look: Look, snug = false): string {
  return `inline-flex min-h-10 items-center justify-center rounded-lg ${snug ? 'px-2.5' : 'px-3.5'} py-2 text-sm transition disabled:opacity-40 ${LOOKS[look]}`;
}

export function Button({
  look = 'plain',
  snug = false,
  className = '',
  ...props
}: ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: Look;
  /** One of many beside each other. */
  snug?: boolean;
}) {
  return <button type="button" className={`${buttonLook(look, snug)} ${className}`} {...props} />;
}
