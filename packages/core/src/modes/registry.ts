/** Every mode there is. Adding one: a folder, and one word here; `muting` lets it be muted, `keepingTime` gives it a beat. */
import { accompaniment } from './accompaniment/accompaniment.js';
import { callAndResponse } from './call-and-response/call-and-response.js';
import { echo } from './echo/echo.js';
import { lead } from './lead/lead.js';
import { morphing } from './morphing/morphing.js';
import { muting } from './muting.js';
import { keepingTime } from './time/keeping-time.js';

export const modes = {
  'call-and-response': keepingTime(muting(callAndResponse)),
  accompaniment: keepingTime(muting(accompaniment)),
  morphing: keepingTime(muting(morphing)),
  lead: keepingTime(muting(lead)),
  echo: keepingTime(muting(echo)),
};

export type ModeId = keyof typeof modes;

/** What a station plays until an operator assigns something else. */
export const defaultMode: ModeId = 'call-and-response';
