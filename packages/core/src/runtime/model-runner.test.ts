import { describeRunner } from './model-runner.fixture.js';
import { createOnnxKernel } from './onnx/onnx-kernel.js';
import { ResidentRunner } from './resident-runner.js';
import { createTensorFlowKernel } from './tensorflow/tensorflow-kernel.js';

const TOLERANCE = 1e-5;

describeRunner(
  'onnx',
  () => new ResidentRunner((architecture) => createOnnxKernel(architecture, 'cpu')),
  TOLERANCE,
);
describeRunner('tensorflow', () => new ResidentRunner(createTensorFlowKernel), TOLERANCE);
