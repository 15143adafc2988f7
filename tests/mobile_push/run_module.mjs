// Runs an expression over a module of the phone app: node run_module.mjs src/map/datum.ts 'm => …'
import { build } from "vite";

const [, , entry, expression] = process.argv;
const built = await build({
  configFile: false,
  logLevel: "silent",
  build: { write: false, minify: false, lib: { entry, formats: ["es"], fileName: "module" } },
});
const { code } = (Array.isArray(built) ? built[0] : built).output[0];
const module = await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
console.log(JSON.stringify(new Function(`return ${expression}`)()(module)));
