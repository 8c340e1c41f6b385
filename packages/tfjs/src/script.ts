/**
 * What a page without modules gets as `focalLoss`, beside the `tf` of TensorFlow.js's own script: the losses, and what this
 * package makes of them.
 *
 * @module
 */
import { defineLoss, FocalLossError, factories, lossFrom, priorBias, softmaxPriorBias } from '@focal-loss/core';
import { compile } from './compile.ts';
import { onDevice } from './kernels/onDevice.ts';
import { onHost } from './kernels/onHost.ts';
import { posterior, valueGradHess } from './parts.ts';

onHost();
onDevice();

export default {
  ...factories,
  ...{ compile, posterior, valueGradHess },
  ...{ defineLoss, lossFrom, priorBias, softmaxPriorBias, FocalLossError },
};
