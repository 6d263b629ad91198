/** The loss of every epoch as a picture: a line for training and one for validation, all heads added up. */
import type { EpochLoss } from './train-model.js';

const WIDTH = 640;
const HEIGHT = 320;
const MARGIN = 48;

/** An SVG document; nats a step upwards, epochs to the right. */
export function lossCurveSvg(curve: readonly EpochLoss[]): string {
  const sum = (losses: Record<string, number>) =>
    Object.values(losses).reduce((total, loss) => total + loss, 0);
  const lines = [
    { name: 'training', colour: '#8a8f98', values: curve.map(({ training }) => sum(training)) },
    { name: 'validation', colour: '#c2410c', values: curve.map(({ validation }) => sum(validation)) },
  ];
  const all = lines.flatMap(({ values }) => values);
  const [lowest, highest] = [Math.min(...all), Math.max(...all)];
  const x = (i: number) => MARGIN + (i / Math.max(1, curve.length - 1)) * (WIDTH - 2 * MARGIN);
  const y = (loss: number) =>
    HEIGHT - MARGIN - ((loss - lowest) / Math.max(1e-9, highest - lowest)) * (HEIGHT - 2 * MARGIN);
  const paths = lines.map(
    ({ name, colour, values }, i) =>
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${values.map((loss, epoch) => `${x(epoch).toFixed(1)},${y(loss).toFixed(1)}`).join(' ')}"/>` +
      `<text x="${WIDTH - MARGIN}" y="${MARGIN + i * 16 - 24}" text-anchor="end" fill="${colour}">${name}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    '<title>Loss of every epoch, nats a step</title>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="8" y="${y(highest) + 4}">${highest.toFixed(2)}</text>`,
    `<text x="8" y="${y(lowest) + 4}">${lowest.toFixed(2)}</text>`,
    `<text x="${MARGIN}" y="${HEIGHT - 16}">epoch 1</text>`,
    `<text x="${WIDTH - MARGIN}" y="${HEIGHT - 16}" text-anchor="end">${curve.length}</text>`,
    ...paths,
    '</svg>\n',
  ].join('\n');
}
