import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import './globals.css';

export const metadata: Metadata = { title: 'Antiphon', description: 'Play a duet with a neural network' };
export const viewport: Viewport = { width: 'device-width', initialScale: 1, themeColor: '#0c0b12' };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body className="min-h-dvh antialiased">{children}</body>
    </html>
  );
}
