import { capture } from '../capture/capture.ts';
import { loadConfig } from '../config/config.ts';
import { printableJson } from '../show/printable.ts';
import { loadVendor } from '../vendors/registry.ts';
import { oneId, oneSource } from './arguments.ts';
import { EXIT } from './exit.ts';
import { print } from './output.ts';
import { writePrivateFile } from './private-file.ts';
import { fetchPayload } from './show.ts';

/** `callspan capture`: a payload that can be attached to a bug report without telling anybody what was said. */
export async function captureOne(
  provider: string,
  id: string,
  file: string,
  options: { source?: string },
): Promise<number> {
  oneId(id);
  const config = oneSource(await loadConfig(), provider, options.source);
  const { fields } = await loadVendor(config.provider);
  const payload = capture(await fetchPayload(config, id), fields);
  await writePrivateFile(file, `${printableJson(JSON.stringify(payload, null, 2))}\n`);
  print(
    `${file} has the shape and the timing of ${id}, and none of its words; look at it before you send it:`,
    `  callspan show --file ${file}`,
  );
  return EXIT.ok;
}
