// The player, heard through an OfflineAudioContext: equal loudness within 0.1 LU by a meter of its own (BS.1770), the
// same place after every switch, a finding's place found, everything by keyboard.
import assert from "node:assert/strict";

/** Runs in the page: only numbers come back. */
async function hear(loops) {
  /** Integrated loudness (BS.1770-5 annex 1) of channels, from scratch: K-weighting re-derived for the rate, both gates. */
  function loudness(channels, rate) {
    const run = (x, [b0, b1, b2, a1, a2]) => {
      let [x1, x2, y1, y2] = [0, 0, 0, 0];
      return x.map((v) => {
        const y = b0 * v + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
        [x2, x1, y2, y1] = [x1, v, y1, y];
        return y;
      });
    };
    const k = Math.tan((Math.PI * 1681.974450955533) / rate), q = 0.7071752369554196;
    const vh = 10 ** (3.999843853973347 / 20), vb = vh ** 0.4996667741545416, a0 = 1 + k / q + k * k;
    const shelf = [(vh + (vb * k) / q + k * k) / a0, (2 * (k * k - vh)) / a0, (vh - (vb * k) / q + k * k) / a0, (2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0];
    const h = Math.tan((Math.PI * 38.13547087602444) / rate), p = 0.5003270373238773, c0 = 1 + h / p + h * h;
    const pass = [1, -2, 1, (2 * (h * h - 1)) / c0, (1 - h / p + h * h) / c0];
    const weighted = channels.map((channel) => run(run(Float64Array.from(channel), shelf), pass));
    const step = Math.round(rate / 10), blocks = [];
    for (let from = 0; from + 4 * step <= weighted[0].length; from += step) {
      let power = 0;
      for (const channel of weighted) for (let i = from; i < from + 4 * step; i++) power += channel[i] ** 2;
      blocks.push(power / (4 * step));
    }
    const lufs = (power) => -0.691 + 10 * Math.log10(power);
    const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
    const loud = blocks.filter((power) => lufs(power) > -70);
    const gate = lufs(mean(loud)) - 10;
    return lufs(mean(loud.filter((power) => lufs(power) > gate)));
  }

  const difference = (a, b, from) => {
    let most = 0;
    for (let i = from; i < Math.min(a.length, b.length); i++) most = Math.max(most, Math.abs(a[i] - b[i]));
    return most;
  };
  const player = document.getElementById("player");
  const { rate, devices } = loops;
  const render = async (loop, changes, seconds) => {
    const out = await player.render(loop, changes, seconds);
    return [...Array(out.numberOfChannels).keys()].map((channel) => out.getChannelData(channel));
  };
  // Level: every version of every loop, and every device in the first one.
  const levels = [];
  for (const [index, loop] of loops.loops.entries())
    for (const take of loop.takes)
      for (const device of index === 0 && take === loop.takes[0] ? [-1, ...devices.keys()] : [-1]) {
        const heard = await render(index, [[0, take.id, device]], loop.end - loop.start);
        const peak = Math.max(...heard.map((channel) => channel.reduce((most, x) => Math.max(most, Math.abs(x)), 0)));
        levels.push({ what: `${loop.title}, ${take.id}, device ${device}`, lufs: loudness(heard, rate), wanted: loop.level, peak });
      }
  // Place: a switch after two seconds, against either version alone; and once round.
  const [loop] = loops.loops, first = loop.takes[0].id, last = (loop.takes[1] ?? loop.takes[0]).id, span = loop.end - loop.start;
  const [switched] = await render(0, [[0, first], [2, last]], span + 2);
  const [plain] = await render(0, [[0, last]], span + 2);
  const [before] = await render(0, [[0, first]], span + 2);
  const at = (seconds) => Math.round(seconds * rate);
  return {
    levels,
    apart: first === last ? 1 : difference(switched, before, 0),
    beforeSwitch: difference(switched.slice(0, at(2) - 10), before, 0),
    afterSwitch: difference(switched, plain, at(2.02)),
    round: difference(plain.slice(at(span)), plain, at(0.02)),
  };
}

/** Waits until something holds on the page; the driver's own waiting needs eval, which the page forbids. */
export const until = async (page, holds, about) => {
  for (let tries = 0; tries < 300; tries++) {
    if (await page.evaluate(holds, about)) return;
    await page.waitForTimeout(50);
  }
  throw new Error(`never: ${holds}`);
};

export async function checkPlayer(page, where) {
  const data = await page.evaluate(() => {
    const { sounds, ...rest } = JSON.parse(document.getElementById("listening").textContent);
    return rest;
  });
  const heard = await page.evaluate(hear, data);
  for (const { what, lufs, wanted, peak } of heard.levels) {
    assert(Math.abs(lufs - wanted) < 0.1, `${where}: ${what}: ${lufs} LUFS is not ${wanted}`);
    assert(peak < 1, `${where}: ${what} does not clip`);
  }
  assert(heard.apart > 0, `${where}: the versions differ`);
  assert(heard.beforeSwitch < 1e-6, `${where}: nothing changes before a switch`);
  assert(heard.afterSwitch < 1e-4, `${where}: a switch keeps the place`);
  assert(heard.round < 1e-3, `${where}: the loop is as long as it says`);
  const [loop] = data.loops, first = loop.takes[0].id, span = loop.end - loop.start;

  // By keyboard: play, switch by number, go on, stop.
  const state = () => page.evaluate(() => ({ at: Number(document.getElementById("seek").value), pressed: document.getElementById("play").getAttribute("aria-pressed"), version: document.querySelector("#versions input:checked").value }));
  await page.focus("#play");
  await page.keyboard.press("Enter");
  await until(page, () => Number(document.getElementById("seek").value) > 0.3);
  assert.equal((await state()).pressed, "true", `${where}: it plays`);
  const earlier = await state();
  assert(earlier.at < span / 2, `${where}: it begins where it was told, not at ${earlier.at}`);
  await page.keyboard.press("1");
  assert.equal((await state()).version, first, `${where}: a digit chooses the version`);
  await until(page, (at) => Number(document.getElementById("seek").value) !== at, (await state()).at);
  if (data.devices.length) {
    await page.focus("#through");
    await page.selectOption("#through", { index: 1 });
    await page.selectOption("#through", { index: 0 });
  }
  await page.focus("#play");
  await page.keyboard.press("Enter");
  assert.equal((await state()).pressed, "false", `${where}: it stops`);
  const still = await state();
  await page.waitForTimeout(120);
  assert.equal((await state()).at, still.at, `${where}: and stays`);
  await page.keyboard.press(".");
  assert(Math.abs((await state()).at - Math.min(still.at + 1, span - 0.01)) < 0.02, `${where}: a second on`);

  // A finding that has a loop opens it at its place, and the charts follow.
  const places = await page.evaluate(() => [...document.querySelectorAll("button.at")].map((e) => Number(e.dataset.from)));
  const inside = places.findIndex((at) => data.loops.some((one) => at >= one.start && at < one.end));
  if (inside >= 0) {
    await page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
    await page.locator("button.at").nth(inside).click();
    const found = await page.evaluate(() => ({ loop: document.getElementById("loop").selectedIndex, at: Number(document.getElementById("seek").value), heads: [...document.querySelectorAll(".head")].filter((e) => e.style.display !== "none").length, found: document.getElementById("player").dataset.found }));
    const one = data.loops[found.loop];
    assert.equal(found.found, "true", where);
    assert(Math.abs(one.start + found.at - places[inside]) < 0.06, `${where}: ${one.start + found.at} is not ${places[inside]}`);
    assert(found.heads > 0, `${where}: the charts show where the player is`);
    await page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = false; }));
  }

  // The keys and the match are said where everybody finds them.
  await page.locator(".keys summary").click();
  assert.match(await page.locator(".keys .sheet").innerText(), /Space/, where);
  await page.locator(".keys summary").click();
  assert.match(await page.locator(".matched").innerText(), /within 0\.1 LU/, where);

  // Blind: X is one of the two, and answers are counted; parts of a song are no matter of guessing.
  if (loop.takes.length > 1 && first === "before") {
    await page.selectOption("#loop", { index: 0 });
    await page.locator("#blind summary").click();
    await page.locator("#blind button[data-what=is0]").click();
    await page.locator("#blind button[data-what=is1]").click();
    assert.match(await page.locator("#score").textContent(), /^[0-2] of 2 right/, where);
    await page.locator("#blind summary").click();
  }
}
