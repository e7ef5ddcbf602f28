// The report in a real browser: no error, no request, no overflow at three widths, operable by keyboard,
// places of findings shown in every time chart, hostile names inert, no violation that axe-core knows.
//
//   cargo test --test suite report::        writes the pages into target/report
//   npm install --prefix tests/browser      playwright-core and axe-core
//   node tests/browser/report.mjs [FOLDER]  CHROMIUM names the browser, /usr/bin/chromium unless told otherwise
import assert from "node:assert/strict";
import { readFileSync, readdirSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const root = resolve(import.meta.dirname, "../..");
const folder = resolve(process.argv[2] ?? join(root, "target/report"));
const shots = join(folder, "screens");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pages = readdirSync(folder).filter((name) => name.endsWith(".html"));
assert(pages.length > 0, `no pages in ${folder}; run the test suite first`);
mkdirSync(shots, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});

/** What is shown of the charts: highlighted places, cursors, the text that is read out. */
const shown = (page) =>
  page.evaluate(() => {
    const visible = (query) => [...document.querySelectorAll(query)].filter((e) => e.style.display !== "none").length;
    const read = [...document.querySelectorAll(".readout")].filter((e) => !e.hidden).map((e) => e.textContent);
    return { spots: visible(".spot"), cursors: visible(".cursor"), read, said: document.getElementById("said").textContent };
  });

for (const name of pages) {
  const url = pathToFileURL(join(folder, name)).href;
  for (const colorScheme of ["light", "dark"]) {
    const where = `${name}, ${colorScheme}`;
    const context = await browser.newContext({ colorScheme, reducedMotion: "reduce" });
    const page = await context.newPage();
    const troubles = [];
    page.on("console", (message) => { if (message.type() !== "log") troubles.push(message.text()); });
    page.on("pageerror", (error) => troubles.push(String(error)));
    page.on("dialog", (dialog) => { troubles.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
    page.on("request", (request) => {
      if (request.url() !== url && !request.url().startsWith("data:")) troubles.push(`request ${request.url()}`);
    });
    await page.goto(url);

    for (const width of [360, 768, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.equal(over, 0, `${where}: ${over} px too wide at ${width}`);
      await page.screenshot({ path: join(shots, `${name}-${colorScheme}-${width}.png`), fullPage: true });
    }

    // The places of a finding.
    const place = page.locator("#fix button.at").first();
    if ((await place.count()) > 0) {
      await place.focus();
      await page.keyboard.press("Enter");
      const now = await shown(page);
      const timed = await page.evaluate(() =>
        [...document.querySelectorAll("script[type='application/json']")].filter((e) => JSON.parse(e.textContent).kind === "time").length);
      assert.equal(now.spots, 2 * timed, `${where}: a place shows in every time chart, in both drawings`);
      assert.match(now.said, /^\d+:\d\d\.\d, /, `${where}: the values are read out`);
      await page.keyboard.press("ArrowRight");
      assert.notEqual((await shown(page)).said, now.said, `${where}: the arrow keys move`);
      await page.keyboard.press("Escape");
      assert.equal((await shown(page)).read.length, 0, `${where}: Escape closes the reading`);
    }

    // Explanations for the keyboard.
    const term = page.locator(".term").first();
    await term.focus();
    assert(await term.locator(".tip").isVisible(), `${where}: a focused word is explained`);
    await page.keyboard.press("Escape");
    assert(!(await term.locator(".tip").isVisible()), `${where}: Escape closes the explanation`);

    // Theme.
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const before = await paper();
    await page.click("#theme");
    assert.notEqual(await paper(), before, `${where}: the theme changes`);
    await page.click("#theme");
    assert.equal(await paper(), before, `${where}: and back`);

    await page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run(document));
    const words = violations.map((violation) => `${violation.id}: ${violation.nodes[0].html.slice(0, 160)}`);
    assert.deepEqual(words, [], where);
    assert.deepEqual(troubles, [], where);
    await context.close();
  }
  console.log(`${name}: good`);
}
await browser.close();
