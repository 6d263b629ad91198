/** A visitor and an operator in real browsers, on a real booth. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Duet, DuetPage, StationView } from '@antiphon/protocol';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOUDNESS_METER, openBrowser } from './harness/browser.js';
import { Operator } from './harness/operator.js';
import { type RunningServer, root, startServer } from './harness/server.js';
import { SimulatedStation } from './harness/simulated-station.js';
import { until } from './harness/until.js';

const pictures = join(root, 'test/.cache/screenshots');
const PHRASE = ['KeyA', 'KeyS', 'KeyD', 'KeyF', 'KeyG', 'KeyF', 'KeyD', 'KeyS'];

describe('in the browser', () => {
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    server = await startServer({ dashboard: true, environment: { SESSION_IDLE_SECONDS: '4' } });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  async function openPage(
    options: { width: number; height: number } = { width: 1280, height: 800 },
  ): Promise<Page> {
    const context: BrowserContext = await browser.newContext({ viewport: options });
    const page = await context.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('401')) problems.push(message.text());
    });
    await page.addInitScript(LOUDNESS_METER);
    return page;
  }
  const problems: string[] = [];
  const turn = (page: Page) => page.getByTestId('turn').textContent();
  const picture = (page: Page, name: string) => page.screenshot({ path: join(pictures, `${name}.png`) });

  async function playPhrase(page: Page): Promise<void> {
    for (const key of PHRASE) {
      await page.keyboard.down(key);
      await page.waitForTimeout(180);
      await page.keyboard.up(key);
      await page.waitForTimeout(60);
    }
  }

  async function beginPlaying(page: Page): Promise<void> {
    await page.goto(`${server.url}/play`);
    await page.getByRole('button', { name: 'Tap to begin' }).click();
    await until('the connection', async () =>
      (await page.getByTestId('link').textContent())?.includes('Call and response'),
    );
  }

  it('a visitor plays on the computer’s keys, hears themselves and then an answer, and the duet is on the record', async () => {
    const page = await openPage();
    await page.goto(server.url);
    await picture(page, 'landing');
    await page.getByRole('link', { name: 'Play' }).click();
    await page.getByRole('button', { name: 'Tap to begin' }).waitFor();
    await picture(page, 'play-begin');
    await page.getByRole('button', { name: 'Tap to begin' }).click();
    await until('the connection', async () =>
      (await page.getByTestId('link').textContent())?.includes('Call and response'),
    );
    expect(await turn(page)).toBe('Your turn');
    await playPhrase(page);
    expect(await turn(page)).toBe('Listening …');
    await picture(page, 'play-listening');
    expect(await page.evaluate('window.loudest')).toBeGreaterThan(0.01);
    await until('the machine’s turn', async () => (await turn(page)) === 'My turn');
    await page.evaluate('window.loudest = 0');
    await until('the answer’s sound', async () => Number(await page.evaluate('window.loudest')) > 0.01);
    await picture(page, 'play-answer');
    await until('the visitor’s turn again', async () => (await turn(page)) === 'Your turn');

    const operator = await Operator.signIn(server.url, server.operatorPassword);
    const [summary] = (await operator.get<DuetPage>('/api/duets')).duets;
    const duet = await until('both players on the record', async () => {
      const found = await operator.get<Duet>(`/api/duets/${summary?.id}`);
      return found.notes.machine > 0 && found;
    });
    expect(duet.notes.visitor).toBe(PHRASE.length);
    const visitorEnd = Math.max(...duet.events.flatMap((e) => (e.player === 'visitor' ? [e.atMs] : [])));
    const answer = duet.events.filter((e) => e.player === 'machine' && e.type === 'noteOn');
    for (const { atMs } of answer) expect(atMs).toBeGreaterThan(visitorEnd);
    const lateness = (answer[0]?.atMs ?? 0) % 125;
    expect(Math.min(lateness, 125 - lateness)).toBeLessThan(1);
    await page.context().close();
  });

  it('a finger on a phone’s screen plays too, and nothing scrolls', async () => {
    const page = await openPage({ width: 390, height: 844 });
    await beginPlaying(page);
    const key = page.locator('[data-pitch="64"]');
    const box = await key.boundingBox();
    if (!box) throw new Error('no key');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.9);
    await page.mouse.down();
    await until('the key lit', async () => (await key.getAttribute('class'))?.includes('bg-visitor'));
    await picture(page, 'play-phone');
    await page.mouse.up();
    expect(await turn(page)).toBe('Listening …');
    expect(
      await page.evaluate(
        'document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth',
      ),
    ).toBe(true);
    await page.context().close();
  });

  it('an operator signs in, watches a station live, changes its mode, and replays and exports a duet', async () => {
    const visitor = await openPage({ width: 1920, height: 1080 });
    await beginPlaying(visitor);
    const page = await openPage();
    await page.goto(`${server.url}/operate`);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('that is not the password').waitFor();
    await picture(page, 'operate-sign-in');
    await page.getByLabel('Password').fill(server.operatorPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();
    const card = page.getByRole('article').filter({ hasText: 'online' });
    await card.waitFor();
    await visitor.keyboard.down('KeyA');
    await card.getByText('Listening').waitFor();
    await card.getByText('C4 · visitor').waitFor();
    await visitor.keyboard.up('KeyA');

    await card.getByRole('button', { name: 'Mode', exact: true }).click();
    await card.getByLabel('Temperature').first().waitFor();
    await picture(page, 'operate-station');
    await card.getByRole('spinbutton', { name: 'Temperature' }).fill('9');
    await card.getByRole('button', { name: 'Assign' }).click();
    await card.getByText('Too big').waitFor();
    await card.getByLabel('Mode', { exact: true }).selectOption('echo');
    await card.getByRole('button', { name: 'Assign' }).click();
    await until('the new mode at the station', async () =>
      (await visitor.getByTestId('link').textContent())?.includes('Echo'),
    );
    await page.getByRole('button', { name: 'Add a station' }).click();
    await page.getByText(`token=${server.stationToken}`).waitFor();
    await picture(page, 'operate-stations');

    await page.getByRole('link', { name: 'Duets' }).click();
    const rows = page.getByRole('row');
    await until('the duets', async () => (await rows.count()) >= 2);
    await picture(page, 'operate-duets');
    await rows.last().getByRole('link').click();
    await page.getByRole('button', { name: 'Play' }).click();
    await page.waitForTimeout(1_500);
    await picture(page, 'operate-duet');
    expect(await page.evaluate('window.loudest')).toBeGreaterThan(0.01);
    await page.getByRole('button', { name: 'Pause' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export MIDI' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/\.mid$/);
    await page.context().close();
    await visitor.context().close();
  });

  it('an operator asks something of the machine, and teaches a key to ask it', async () => {
    const visitor = await openPage({ width: 1920, height: 1080 });
    await beginPlaying(visitor);
    const page = await openPage();
    await page.goto(`${server.url}/operate`);
    await page.getByLabel('Password').fill(server.operatorPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();
    const card = page.getByRole('article').filter({ hasText: 'online' });
    await visitor.keyboard.press('KeyA');
    await card.getByRole('button', { name: 'Loop' }).click();
    await card.getByRole('button', { name: 'Loop', pressed: true }).waitFor();

    await card.getByRole('button', { name: 'Controls' }).click();
    await card.getByRole('button', { name: 'Learn a control for Mute' }).click();
    await card.getByText('Move it now').waitFor();
    await visitor.keyboard.press('KeyS');
    await card.getByText('key D4').waitFor();
    await picture(page, 'operate-controls');
    await visitor.keyboard.press('KeyS');
    await card.getByRole('button', { name: 'Mute', exact: true, pressed: true }).waitFor();
    await card.getByRole('button', { name: 'Forget the control for Mute' }).click();
    await card.getByText('key D4').waitFor({ state: 'detached' });
    await page.context().close();
    await visitor.context().close();
  });

  it('an operator undoes nothing that a visitor turns meanwhile, and sees what was learned for another mode', async () => {
    await using station = await SimulatedStation.join(server.url, { token: server.stationToken });
    const operator = await Operator.signIn(server.url, server.operatorPassword);
    const put = (path: string, body: unknown) =>
      operator.request('PUT', `/api/stations/${station.stationId}/${path}`, body);
    const params = async () =>
      (await operator.get<StationView[]>('/api/stations')).find(({ id }) => id === station.stationId)
        ?.assignment.params;
    await put('controls', [
      { source: { type: 'controller', number: 21 }, target: { type: 'parameter', name: 'temperature' } },
      { source: { type: 'note', number: 36, channel: 9 }, target: { type: 'parameter', name: 'closeness' } },
    ]);
    await station.control(21, 60); // where the temperature stands
    const page = await openPage({ width: 1440, height: 900 });
    await page.goto(`${server.url}/operate`);
    await page.getByLabel('Password').fill(server.operatorPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();
    const card = page.getByRole('article').filter({ hasText: `simulated ${station.stationId.slice(0, 4)}` });

    await card.getByRole('button', { name: 'Mode', exact: true }).click();
    const temperature = card.getByRole('spinbutton', { name: 'Temperature' });
    const shortest = card.getByRole('spinbutton', { name: 'Shortest call' });
    await shortest.fill('3');
    await station.control(21, 127);
    await until('the form to follow', async () => (await temperature.inputValue()) === '2');
    expect(await shortest.inputValue()).toBe('3');
    await picture(page, 'operate-mode-followed');
    await card.getByRole('button', { name: 'Assign' }).click();
    await until('what was assigned', async () => (await params())?.shortestCall === 3);
    expect(await params()).toMatchObject({ temperature: 2 });

    await card.getByRole('button', { name: 'Mode', exact: true }).click();
    await card.getByRole('button', { name: 'Defaults' }).click();
    await station.control(21, 100);
    await until('the knob to be heard', async () => (await params())?.temperature !== 2);
    await page.waitForTimeout(500);
    expect(await Promise.all([temperature, shortest].map((field) => field.inputValue()))).toEqual(['1', '0']);
    await card.getByRole('button', { name: 'Assign' }).click();
    await until('the defaults', async () => (await params())?.temperature === 1);

    await card.getByRole('button', { name: 'Controls' }).click();
    const elsewhere = card.getByRole('region', { name: 'Learned, without use in this mode' });
    await elsewhere.getByText('Closeness (Morphing)').waitFor();
    await elsewhere.getByText('key C2, channel 10').waitFor();
    await page.screenshot({ path: join(pictures, 'operate-controls-elsewhere.png'), fullPage: true });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.screenshot({ path: join(pictures, 'operate-controls-elsewhere-phone.png'), fullPage: true });
    await elsewhere.getByRole('button', { name: 'Forget' }).click();
    await elsewhere.waitFor({ state: 'detached' });
    await until('the station to be told', () => station.controls.length === 1);
    await page.context().close();
  });

  it('a visitor asks the machine by buttons, with a finger or from the keyboard, and an operator sees what is on', async () => {
    const page = await openPage({ width: 390, height: 844 });
    await beginPlaying(page);
    const actions = page.getByRole('group', { name: 'Ask the machine' }).getByRole('button');
    expect(await actions.count()).toBe(0);
    await playPhrase(page);
    await page.getByRole('button', { name: 'Loop' }).click();
    await page.getByRole('button', { name: 'Loop', pressed: true }).waitFor();
    for (const box of await Promise.all((await actions.all()).map((action) => action.boundingBox())))
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
    await picture(page, 'play-phone-actions');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Solo');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Solo', pressed: true }).waitFor();
    const operator = await Operator.signIn(server.url, server.operatorPassword);
    const stations = await operator.get<StationView[]>('/api/stations');
    const playing = stations.find(({ link }) => link.status === 'online');
    expect(playing?.session?.switches).toEqual(['loop', 'solo']);
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByRole('button', { name: 'Loop', pressed: false }).waitFor();
    await page.context().close();
  });

  it('an operator brings a model in and removes it, after being asked', async () => {
    const page = await openPage();
    await page.goto(`${server.url}/operate`);
    await page.getByLabel('Password').fill(server.operatorPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();
    const bundle = 'packages/core/src/models/import/recorded/mono_rnn-v2.mag';
    await page.getByLabel('or choose a .mag file').setInputFiles(join(root, bundle));
    const remove = page.getByRole('button', { name: /^Remove mono/i });
    await remove.waitFor();
    expect(await page.getByRole('button', { name: 'Remove Melody' }).count()).toBe(0);
    await remove.click();
    await picture(page, 'operate-remove-model');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await remove.waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('a browser that is not trusted is asked for the station token, and told when it is wrong', async () => {
    const page = await openPage();
    await page.route('**/api/play/token', (route) => route.fulfill({ status: 403, body: '{}' }));
    await page.goto(`${server.url}/play`);
    await page.getByLabel('Station token').fill('wrong');
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByRole('button', { name: 'Tap to begin' }).click();
    await page.getByText('the station token is not the one of this booth').waitFor();
    await picture(page, 'play-token');
    await page.goto(`${server.url}/play#token=${server.stationToken}`);
    await page.reload();
    await page.getByRole('button', { name: 'Tap to begin' }).click();
    await until('the connection', async () =>
      (await page.getByTestId('link').textContent())?.includes('Call and response'),
    );
    await page.context().close();
  });

  it('notes played while the server was away are on the record once it is back', async () => {
    const page = await openPage();
    await beginPlaying(page);
    await page.context().setOffline(true);
    await until('the loss noticed', async () =>
      (await page.getByTestId('link').textContent())?.includes('connecting'),
    );
    await playPhrase(page);
    expect(await page.evaluate('window.loudest')).toBeGreaterThan(0.01);
    await page.context().setOffline(false);
    const operator = await Operator.signIn(server.url, server.operatorPassword);
    await until('all notes on the record', async () => {
      const [latest] = (await operator.get<DuetPage>('/api/duets')).duets;
      return latest?.notes.visitor === PHRASE.length;
    });
    await page.context().close();
  });

  it('shows no error in any console', () => {
    const serious = problems.filter((text) => !/400|403|ERR_INTERNET_DISCONNECTED|WebSocket/.test(text));
    expect(serious).toEqual([]);
  });
});
