/** The script of a thread. */
import { serve } from './serve.ts';

serve();
