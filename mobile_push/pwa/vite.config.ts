import { defineConfig } from "vite";

export default defineConfig({
  base: "/app/",
  build: {
    // Phones in villages are old: the last Chrome for Android 6 is 106; Safari has Web Push from 16.4.
    target: ["chrome97", "safari15.4", "firefox104"],
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
});
