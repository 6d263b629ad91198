/** Every mode there is. Adding one: a folder, and one word here; `keepingTime` for those that keep a beat. */
import { accompaniment } from './accompaniment/accompaniment.js';
import { callAndResponse } from './call-and-response/call-and-response.js';
import { echo } from './echo/echo.js';
import { lead } from './lead/lead.js';
import { morphing } from './morphing/morphing.js';
import { keepingTime } from './time/keeping-time.js';

export const modes = {
  'call-and-response': keepingTime(callAndResponse),
  accompaniment: keepingTime(accompaniment),
  morphing: keepingTime(morphing),
  lead: keepingTime(lead),
  echo: keepingTime(echo),
};

export type ModeId = keyof typeof modes;

/** What a station plays until an operator assigns something else. */
export const defaultMode: ModeId = 'call-and-response';
