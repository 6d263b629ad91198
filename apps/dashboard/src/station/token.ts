/** The station token: from the address's fragment, from an earlier visit, or from the server if this is its own machine. */
import { storageOfBrowser } from './browser-storage';

const TOKEN = 'antiphon.token';

/** Null: a person has to type it. */
export async function findToken(): Promise<string | null> {
  const fromAddress = new URLSearchParams(location.hash.slice(1)).get('token');
  if (fromAddress) {
    rememberToken(fromAddress);
    history.replaceState(null, '', location.pathname);
  }
  const known = fromAddress ?? storageOfBrowser().getItem(TOKEN);
  if (known) return known;
  const response = await fetch('/api/play/token').catch(() => null);
  return response?.ok ? (await response.json()).token : null;
}

export function rememberToken(token: string): void {
  storageOfBrowser().setItem(TOKEN, token);
}

export function forgetToken(): void {
  storageOfBrowser().removeItem(TOKEN);
}
