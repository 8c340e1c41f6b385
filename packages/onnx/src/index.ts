/**
 * The focal loss family as ONNX graphs, without any runtime: {@link lossModel} writes a file, {@link lossGraph} the nodes
 * of a loss behind the logits of any graph. {@link nodeOps} is core's algebra over nodes, {@link tensorOps} that of whole
 * calls. What an ONNX file is made of is written by the functions of `model`.
 *
 * @module
 */
export { attributeNames, attributesOf, type LossNumbers } from './attributes.ts';
export { SUMMED_AT_ONCE } from './axis.ts';
export type { Call, Index } from './call.ts';
export { type LossGraph, lossGraph, type Names } from './graph.ts';
export {
  type Dtype,
  type LogitsDtype,
  type LossModelOptions,
  lossModel,
  OPSETS,
  ownNames,
  precisionOf,
  usualShape,
} from './lossModel.ts';
export {
  type Attribute,
  type Attributes,
  type Dimension,
  type Element,
  elementTypes,
  type FunctionDefinition,
  functionFields,
  functionProto,
  type Graph,
  graphFields,
  irVersion,
  type Literal,
  modelProto,
  type Node,
  type Port,
  tensorProto,
} from './model.ts';
export { DOMAIN, type Operation, operation, operationName } from './operation.ts';
export { nodeOps } from './ops.ts';
export type { InputName, LossGraphOptions } from './options.ts';
export { type PosteriorGraphOptions, posteriorGraph, posteriorModel } from './posterior.ts';
export { type Bytes, concat, integer, message } from './protobuf.ts';
export { entriesOf } from './sizes.ts';
export { tensorOps } from './tensorOps.ts';
export { type GraphValue, type Precision, Writer } from './writer.ts';
