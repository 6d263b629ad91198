/**
 * Stands in for the native MIDI driver in every thread of a measured station (node --import): keys come in by a socket on the event loop,
 * as the driver's do, and what is sent out is written to a file with the time at which the driver was called.
 */
import { EventEmitter } from 'node:events';
import { openSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';

const { MEASURED_KEYS, MEASURED_EARS, MEASURED_STATION } = process.env;
const MESSAGE_BYTES = 3;

class Port extends EventEmitter {
  getPortCount = () => 1;
  getPortName = () => 'measured';
  isPortOpen = () => true;
  ignoreTypes() {}
  openPortByName() {
    this.openPort(0);
  }
  closePort() {}
  destroy() {}
}

class Input extends Port {
  openPort() {
    let before = process.hrtime.bigint();
    connect(MEASURED_KEYS).on('data', (bytes) => {
      for (let at = 0; at < bytes.length; at += MESSAGE_BYTES) {
        const now = process.hrtime.bigint();
        this.emit('message', Number(now - before) / 1e9, [...bytes.subarray(at, at + MESSAGE_BYTES)]);
        before = now;
      }
    });
  }
}

class Output extends Port {
  openPort() {
    this.file = openSync(MEASURED_EARS, 'a');
  }

  sendMessage(bytes) {
    const now = process.hrtime.bigint();
    writeSync(this.file, `${now} ${bytes.join(' ')}\n`);
  }
}

const require = createRequire(MEASURED_STATION);
const path = require.resolve('@julusian/midi');
const standIn = { input: Input, Input, output: Output, Output };
require.cache[path] = Object.assign(new (require('node:module'))(path), { exports: standIn, loaded: true });
