export * from './accompaniment.js';
export * from './continuation.js';
export * from './improvisation.js';
export * from './likelihood.js';
export * from './melody-statistics.js';
export * from './model-predictor.js';
export * from './ngram-predictor.js';
export * from './predictor.js';
