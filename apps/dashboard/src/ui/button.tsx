import type { ButtonHTMLAttributes } from 'react';

const LOOKS = {
  plain: 'border border-line bg-raised text-ink hover:border-quiet',
  main: 'bg-machine font-semibold text-stage hover:brightness-110',
  danger: 'border border-danger/60 text-danger hover:bg-danger/10',
};
type Look = keyof typeof LOOKS;

/** For links that look like buttons. */
export function buttonLook(look: Look): string {
  return `inline-flex min-h-10 items-center justify-center rounded-lg px-3.5 py-2 text-sm transition disabled:opacity-40 ${LOOKS[look]}`;
}

export function Button({
  look = 'plain',
  className = '',
  ...props
}: ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look }) {
  return <button type="button" className={`${buttonLook(look)} ${className}`} {...props} />;
}
