import type { ButtonHTMLAttributes } from 'react';

const LOOKS = {
  plain: 'border border-line bg-raised text-ink hover:border-quiet',
  main: 'bg-machine font-semibold text-stage hover:brightness-110',
  danger: 'border border-danger/60 text-danger hover:bg-danger/10',
};

export function Button({
  look = 'plain',
  className = '',
  ...props
}: ButtonHTMLAttributes<HTMLButtonElement> & { look?: keyof typeof LOOKS }) {
  return (
    <button
      type="button"
      className={`rounded-lg px-4 py-2 text-sm transition disabled:opacity-40 ${LOOKS[look]} ${className}`}
      {...props}
    />
  );
}
