import type { ReactNode } from 'react';
import { OperatorShell } from '../../operate/operator-shell';

export default function OperateLayout({ children }: { children: ReactNode }) {
  return <OperatorShell>{children}</OperatorShell>;
}
