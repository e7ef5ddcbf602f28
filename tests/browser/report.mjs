// The report in a real browser: no error, no request, no overflow at three widths, operable by keyboard, values read on
// every chart, places of findings shown in every time chart and in the player, hostile names inert, no violation that
// axe-core knows; versions switched at the same place and the same loudness (player.mjs), an index that sorts.
//
//   tests/browser/run            installs what it needs, makes the pages, runs this
//   SHOTS=1 tests/browser/run    and keeps what was on screen under target/report/screens
//   node report.mjs FOLDER…      CHROMIUM names the browser, /usr/bin/chromium unless told otherwise
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { checkPlayer, until } from "./player.mjs";

const root = resolve(fileURLToPath(new URL(".", import.meta.url)), "../..");
const folders = process.argv.length > 2 ? process.argv.slice(2) : [join(root, "target/report")];
const shots = join(root, "target/report/screens");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const MIB = 1024 * 1024;
const pages = folders.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith(".html")).map((name) => resolve(folder, name)));
assert(pages.length > 0, `no pages in ${folders.join(", ")}`);
mkdirSync(shots, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
});

/** What is shown of the charts: highlighted places, cursors, the text that is read out. */
const shown = (page) =>
  page.evaluate(() => {
    const visible = (query) => [...document.querySelectorAll(query)].filter((e) => e.style.display !== "none").length;
    const read = [...document.querySelectorAll(".readout")].filter((e) => !e.hidden).map((e) => e.textContent);
    return { spots: visible(".spot"), cursors: visible(".cursor"), read, said: document.getElementById("said").textContent };
  });

/** Every chart answers the pointer with values of its own, and its series are those of the document. */
async function checkCharts(page, path, where) {
  const names = await page.evaluate(() => [...document.querySelectorAll("figure[data-chart]")].map((e) => e.dataset.chart));
  for (const name of names) {
    const chart = page.locator(`#chart-${name}`);
    await chart.scrollIntoViewIfNeeded();
    const box = await chart.locator("svg.wide").boundingBox();
    // The middle of the plot, under the keys; above the player.
    await page.mouse.move(box.x + box.width * 0.55, box.y + box.height * 0.55);
    const text = await chart.locator(".readout").textContent();
    assert.match(text, /\d/, `${where}: ${name} reads values under the pointer`);
  }
  await page.mouse.move(0, 0);
  const document = path.replace(/\.html$/, ".render.json");
  if (!existsSync(document)) return names;
  const { after, meters } = JSON.parse(readFileSync(document, "utf8"));
  const series = (chart, name) =>
    page.evaluate(([chart, name]) => JSON.parse(document.getElementById(`data-${chart}`).textContent).series.find((s) => s.name.startsWith(name)).values, [chart, name]);
  const same = (drawn, measured, what) => {
    assert.equal(drawn.length, measured.length, `${where}: ${what}`);
    drawn.forEach((value, i) => assert(value === null ? measured[i] === null : Math.abs(value - measured[i]) < 0.0051, `${where}: ${what}[${i}]`));
  };
  same(await series("loudness", "Short-term after"), after.loudness.short_term_lufs, "short-term loudness");
  same(await series("spectrum", "After"), after.tone.bands.map((band) => band.level_db), "spectrum");
  same(await series("goniometer", "After"), after.pictures.goniometer.direction_share.map((share) => 100 * share), "directions");
  const limiter = meters.find((meter) => meter.gain_reduction_db.length);
  if (limiter) same(await series("gain-reduction", ""), limiter.gain_reduction_db.map(Math.abs), "gain reduction");
  const columns = await page.evaluate(() => JSON.parse(document.getElementById("data-spectrogram").textContent).series[0].values.length);
  assert.equal(columns, after.pictures.spectrogram.columns, `${where}: spectrogram`);
  return names;
}

/** A place of a finding: every time chart shows it, the values are read out, the arrow keys move on. */
async function checkPlaces(page, where) {
  const place = page.locator("#fix button.at").first();
  if ((await place.count()) === 0) return;
  await place.focus();
  await page.keyboard.press("Enter");
  const now = await shown(page);
  const timed = await page.evaluate(() =>
    [...document.querySelectorAll("script[type='application/json'][id^='data-']")].filter((e) => JSON.parse(e.textContent).kind === "time").length);
  assert.equal(now.spots, 2 * timed, `${where}: a place shows in every time chart, in both drawings`);
  assert.match(now.said, /^\d+:\d\d\.\d, /, `${where}: the values are read out`);
  await page.keyboard.press("ArrowRight");
  assert.notEqual((await shown(page)).said, now.said, `${where}: the arrow keys move`);
  await page.keyboard.press("Escape");
  assert.equal((await shown(page)).read.length, 0, `${where}: Escape closes the reading`);
}

/** The transition reel plays from beside the page; the loudness over time says which song it is in. */
async function checkRecord(page, where, loaded) {
  const chart = page.locator("#chart-timeline");
  await chart.locator("svg.wide").focus();
  await page.keyboard.press("Home");
  const first = (await shown(page)).said;
  await page.keyboard.press("End");
  const last = (await shown(page)).said;
  assert.match(first, /^0:00\.0, 1 /, `${where}: the first song is named`);
  assert.notEqual(first.split(", ")[1], last.split(", ")[1], `${where}: another song at the end`);
  await page.keyboard.press("Escape");
  const players = page.locator("audio");
  assert.deepEqual(loaded, [], `${where}: nothing is loaded before it is asked for`);
  if ((await players.count()) === 0) return;
  await players.first().evaluate((audio) => audio.play());
  await until(page, () => document.querySelector("audio").currentTime > 0.1);
  await players.first().evaluate((audio) => audio.pause());
  const seconds = await players.first().evaluate((audio) => audio.duration);
  assert(seconds > 15 && seconds < 40, `${where}: eight seconds on both sides, not ${seconds} s in all`);
  assert(loaded.length > 0, `${where}: it plays a file of its own`);
}

async function checkTheme(page, where) {
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await paper();
  await page.click("#theme");
  assert.notEqual(await paper(), before, `${where}: the theme changes`);
  await page.click("#theme");
  assert.equal(await paper(), before, `${where}: and back`);
}

async function checkIndex(page, where) {
  const order = () => page.evaluate(() => [...document.querySelectorAll("#songs tbody th")].map((e) => e.textContent));
  for (const index of [0, 1, 4]) {
    const button = page.locator("#songs th button").nth(index);
    await button.focus();
    await page.keyboard.press("Enter");
    assert.equal(await button.locator("xpath=..").getAttribute("aria-sort"), "ascending", where);
    const up = await order();
    await page.keyboard.press("Enter");
    assert.deepEqual([...(await order())].sort(), [...up].sort(), `${where}: sorting loses nothing`);
  }
  const numbers = await page.evaluate(() => {
    const heads = [...document.querySelectorAll("#songs thead th")].map((e) => e.textContent);
    const at = heads.indexOf("Integrated loudness");
    document.querySelectorAll("#songs thead th")[at].querySelector("button").click();
    return [...document.querySelectorAll("#songs tbody tr")].map((row) => row.cells[at].dataset.value).filter((value) => value !== "").map(Number);
  });
  assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b), `${where}: loudness rises`);
}

async function checkPage(path) {
  const url = pathToFileURL(path).href;
  const name = basename(path);
  const isRecord = name === "album.html";
  assert(statSync(path).size < 3 * MIB, `${name}: ${(statSync(path).size / MIB).toFixed(2)} MiB`);
  for (const colorScheme of ["light", "dark"]) {
    const where = `${name}, ${colorScheme}`;
    const context = await browser.newContext({ colorScheme, reducedMotion: "reduce" });
    const page = await context.newPage();
    const troubles = [];
    page.on("console", (message) => { if (message.type() !== "log") troubles.push(message.text()); });
    page.on("pageerror", (error) => troubles.push(String(error)));
    page.on("dialog", (dialog) => { troubles.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
    const loaded = [];
    page.on("request", (request) => {
      if (isRecord && request.url().startsWith(new URL("transitions/", url).href)) loaded.push(request.url());
      else if (request.url() !== url && !request.url().startsWith("data:")) troubles.push(`request ${request.url()}`);
    });
    const metrics = await context.newCDPSession(page);
    await metrics.send("Performance.enable");
    await page.goto(url);
    const spent = Object.fromEntries((await metrics.send("Performance.getMetrics")).metrics.map((metric) => [metric.name, metric.value]));
    const ready = spent.ScriptDuration + spent.LayoutDuration + spent.RecalcStyleDuration;
    assert(ready < 1, `${where}: ${ready} s of work before it can be used`);

    for (const width of [360, 768, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.equal(over, 0, `${where}: ${over} px too wide at ${width}`);
      if (process.env.SHOTS) await page.screenshot({ path: join(shots, `${name}-${colorScheme}-${width}.png`), fullPage: true });
    }

    if (await page.locator("#songs").count()) await checkIndex(page, where);
    else {
      await checkCharts(page, path, where);
      await checkPlaces(page, where);
    }
    if (isRecord) await checkRecord(page, where, loaded);
    // Sound knows no colours; the synthetic pages have no sound in their loops.
    if (colorScheme === "light" && (await page.locator("#player").count()) && !name.startsWith("hostile")) await checkPlayer(page, where);

    // Explanations for the keyboard; the pages of profiles and records explain in their own sentences.
    if (!name.startsWith("profile") && !isRecord) {
      const term = page.locator(".term").first();
      await term.focus();
      assert(await term.locator(".tip").isVisible(), `${where}: a focused word is explained`);
      await page.keyboard.press("Escape");
      assert(!(await term.locator(".tip").isVisible()), `${where}: Escape closes the explanation`);
    }
    await checkTheme(page, where);

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

// Two at a time: the machines that run this have two cores.
const waiting = [...pages];
const work = async () => { for (let path = waiting.shift(); path; path = waiting.shift()) await checkPage(path); };
await Promise.all([work(), work()]);
await browser.close();
