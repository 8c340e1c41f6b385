import './relaxed.ts';
import { rivals } from './rivals/index.ts';
import { measure } from './measure.ts';
import { full } from './plan.ts';
const { present } = await rivals();
const only = present.filter(({name})=>/ours, (relaxed|simd)|torch|onnxruntime/.test(name)&&!/threads/.test(name));
let state=1; const random=()=>{state=(Math.imul(state,1664525)+1013904223)>>>0;return (state+.5)/2**32}; const normal=()=>Math.sqrt(-2*Math.log(random()))*Math.cos(2*Math.PI*random());
for (const C of (process.argv[2]??'10,80,1000').split(',').map(Number)) { const rows=Math.ceil(2**20/C);
 const targets=Int32Array.from({length:rows},()=>Math.floor(random()*C)); const logits=Float32Array.from({length:rows*C},()=>1.5*normal()); targets.forEach((l,r)=>{logits[r*C+l]+=4});
 for (const wantGrad of [false,true]) { const t=await measure(only,{link:'softmax',gamma:2,wantGrad} as never,{rows,classes:C,logits,targets} as never,{...full,rounds:7,time:40,patience:1e9});
  console.log(C,wantGrad?'v+g':'value',[...t].map(([n,{ns,ratio}])=>`${n} ${ns.toFixed(2)} (x${ratio.toFixed(2)})`).join('; ')); } }
for (const {close} of present) await close?.();
process.exit();
