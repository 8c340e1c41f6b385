import { allowances, type Device, type Dtype, formats, sumAllowances } from '@focal-loss/conformance';
import { table } from '../../readme/table.ts';

const dtypes = Object.keys(allowances) as Dtype[];
const devices = Object.keys(allowances.float64) as Device[];

/** 0.001953125 is no figure to read; it is a power of two. */
const figure = (value: number) => {
  const exponent = Math.log2(value);
  const raised = String(exponent).replace(/./g, (sign) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(sign)]);
  return Number.isInteger(exponent) ? `2${raised}` : Number(value.toPrecision(value < 1e-30 ? 3 : 2)).toExponential();
};

/** The table of allowances, from the one file that decides. */
export const tolerances = (): string =>
  table(
    dtypes.map((dtype) => ({
      '': dtype,
      ...Object.fromEntries(devices.map((device) => [device, figure(allowances[dtype][device])])),
      'sums of 10⁷ terms': figure(sumAllowances[dtype]),
      'smallest normal number': formats[dtype].tiny.toExponential(2),
    })),
  );
