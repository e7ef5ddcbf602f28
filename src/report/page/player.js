"use strict";
(() => {
  const holder = document.getElementById("listening");
  if (!holder || !window.OfflineAudioContext) return;
  const data = JSON.parse(holder.textContent);
  const $ = (id) => document.getElementById(id);
  const player = $("player"), play = $("play"), loops = $("loop"), versions = $("versions"), through = $("through");
  const seek = $("seek"), clock = $("clock"), level = $("level"), said = $("said");
  const FADE = 0.008; // seconds: shorter clicks, longer blurs the comparison
  const linear = (db) => 10 ** (db / 20);
  const loop = () => data.loops[loops.selectedIndex];
  const length = () => loop().end - loop().start;
  const version = () => versions.querySelector("input:checked").value;
  const minutes = (s) => Math.floor(s / 60) + ":" + (s % 60 < 10 ? "0" : "") + (Math.floor((s % 60) * 10 + 1e-6) / 10).toFixed(1);

  // Sounds: unpacked when they are first needed, then kept; a device is the sound through its filters.
  const sounds = new Map();
  const once = (key, make) => sounds.get(key) || sounds.set(key, make()).get(key);
  const sound = (index) => once(index, () => {
    const bytes = Uint8Array.from(atob(data.sounds[index]), (c) => c.charCodeAt(0));
    return new OfflineAudioContext(2, 1, data.rate).decodeAudioData(bytes.buffer).then(faded);
  });
  const faded = (buffer) => {
    const frames = Math.round(FADE * buffer.sampleRate);
    for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
      const samples = buffer.getChannelData(channel);
      for (let i = 0; i < frames && i < samples.length; i++) {
        samples[i] *= i / frames;
        samples[samples.length - 1 - i] *= i / frames;
      }
    }
    return buffer;
  };
  const filtered = (samples, filters) => {
    for (const [b0, b1, b2, a1, a2] of filters) {
      let s1 = 0, s2 = 0;
      for (let i = 0; i < samples.length; i++) {
        const x = samples[i], y = b0 * x + s1;
        s1 = b1 * x + s2 - a1 * y;
        s2 = b2 * x - a2 * y;
        samples[i] = y;
      }
    }
  };
  const onDevice = (buffer, device) => {
    const out = new AudioBuffer({ length: buffer.length, numberOfChannels: 2, sampleRate: buffer.sampleRate });
    const left = Float64Array.from(buffer.getChannelData(0));
    const right = Float64Array.from(buffer.getChannelData(buffer.numberOfChannels - 1));
    const side = left.map((l, i) => ((l - right[i]) / 2) * device.share);
    if (device.side) filtered(side, device.side);
    for (let i = 0; i < left.length; i++) {
      const mid = (left[i] + right[i]) / 2;
      left[i] = mid + side[i];
      right[i] = mid - side[i];
    }
    for (const [channel, samples] of [left, right].entries()) {
      filtered(samples, device.filters);
      out.copyToChannel(Float32Array.from(samples), channel);
    }
    return out;
  };
  /** What is heard: the sound and its gain. */
  const take = async (of, id, device) => {
    const found = of.takes.find((one) => one.id === id) || of.takes[0];
    const buffer = await sound(found.sound);
    if (device < 0) return { buffer, gain: linear(found.gain) };
    const key = found.sound + "/" + device;
    return { buffer: once(key, () => onDevice(buffer, data.devices[device])), gain: linear(found.on[device]) };
  };

  // One sound at a time; a change is a short cross-fade at the same place of the loop.
  const start = (context, { buffer, gain }, when, offset, seconds) => {
    const source = new AudioBufferSourceNode(context, { buffer, loop: true, loopEnd: seconds });
    const fader = new GainNode(context, { gain: 0 });
    fader.gain.setValueAtTime(0, when);
    fader.gain.linearRampToValueAtTime(gain, when + FADE);
    source.connect(fader).connect(context.destination);
    source.start(when, offset);
    return { source, fader, gain };
  };
  const stop = ({ source, fader, gain }, when) => {
    fader.gain.setValueAtTime(gain, when);
    fader.gain.linearRampToValueAtTime(0, when + FADE);
    source.stop(when + 2 * FADE);
  };

  let context = null, voice = null, zero = 0, place = 0, touched = false; // context time of the loop's start while it plays; else the place
  // A voice begins a moment after it is asked for: until then the place is still the old one, not the end of the loop.
  const now = () => (voice ? Math.max(place, context.currentTime - zero) % length() : place);
  const chosen = () => take(loop(), version(), through.selectedIndex - 1).catch(() => {
    level.textContent = "This browser cannot play Ogg Vorbis: open the page in another one.";
  });
  const change = async () => {
    const wanted = await chosen();
    if (!voice || !wanted) return;
    const when = context.currentTime + 0.02;
    const old = voice;
    voice = start(context, wanted, when, (when - zero) % length(), length());
    stop(old, when);
  };
  const begin = async () => {
    touched = true;
    context ??= new AudioContext({ sampleRate: data.rate });
    const [wanted] = await Promise.all([chosen(), context.resume()]);
    if (!wanted) return;
    const when = context.currentTime + 0.02;
    zero = when - place;
    voice = start(context, wanted, when, place, length());
    shown();
    requestAnimationFrame(move);
  };
  const end = () => {
    if (!voice) return;
    place = now();
    stop(voice, context.currentTime + 0.005);
    voice = null;
    shown();
    tell();
  };
  const goTo = (seconds) => {
    const playing = voice;
    if (playing) end();
    place = Math.min(length() - 0.01, Math.max(0, seconds));
    if (playing) begin();
    tell();
  };

  const shown = () => {
    play.setAttribute("aria-pressed", String(!!voice));
    play.title = voice ? "Pause" : "Play";
    player.classList.toggle("playing", !!voice);
  };
  const tell = () => {
    seek.value = now();
    const at = loop().start + now();
    clock.textContent = minutes(at);
    seek.setAttribute("aria-valuetext", minutes(at));
    if (touched) document.dispatchEvent(new CustomEvent("mixproof:at", { detail: at }));
  };
  const move = () => {
    if (!voice) return;
    tell();
    requestAnimationFrame(move);
  };
  const fill = () => {
    const chosen = versions.querySelector("input:checked")?.value;
    const last = loop().takes.filter((one) => ["before", "after"].includes(one.id)).pop() || loop().takes[0];
    const wanted = loop().takes.some((one) => one.id === chosen) ? chosen : last.id;
    versions.replaceChildren(...loop().takes.map((one, index) => {
      const label = document.createElement("label");
      const input = Object.assign(document.createElement("input"), { type: "radio", name: "version", value: one.id, checked: one.id === wanted });
      const key = Object.assign(document.createElement("kbd"), { textContent: index + 1 });
      key.setAttribute("aria-hidden", "true");
      label.append(input, Object.assign(document.createElement("span"), { textContent: one.title }), key);
      return label;
    }));
    seek.max = length();
    level.textContent = loop().level.toFixed(1).replace("-", "−") + " LUFS";
    tell();
  };

  loops.replaceChildren(...data.loops.map((one) => new Option(one.title + "  " + minutes(one.start) + "–" + minutes(one.end))));
  for (const device of data.devices) through.append(new Option(device.title));
  play.addEventListener("click", () => (voice ? end() : begin()));
  versions.addEventListener("change", change);
  through.addEventListener("change", change);
  seek.addEventListener("input", () => goTo(Number(seek.value)));
  loops.addEventListener("change", () => {
    const playing = voice;
    end();
    place = 0;
    fill();
    if (playing) begin();
  });
  document.addEventListener("mixproof:seek", (event) => {
    const at = event.detail;
    touched = true;
    const inside = (one) => at >= one.start - 0.05 && at < one.end;
    const index = inside(loop()) ? loops.selectedIndex : data.loops.findIndex(inside);
    player.dataset.found = index >= 0;
    if (index < 0) {
      said.textContent += ". " + minutes(at) + " is not among the loops of the player.";
      return;
    }
    if (index !== loops.selectedIndex) {
      loops.selectedIndex = index;
      loops.dispatchEvent(new Event("change"));
    }
    goTo(at - loop().start);
  });
  // Keys work while the player has the focus, so that none of them surprises anybody elsewhere.
  player.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typed = event.target.matches("select");
    const radio = versions.querySelectorAll("input")[Number(event.key) - 1];
    if (radio && !typed) { radio.click(); radio.focus(); }
    else if (event.key === " " && !event.target.matches("button,select,summary")) play.click();
    else if (event.key === "," || event.key === ".") goTo(now() + (event.key === "," ? -1 : 1));
    else return;
    event.preventDefault();
  });

  // Blind: X is one of the first two versions, and nobody is told which.
  const score = { right: 0, all: 0 };
  let hidden = null;
  const chance = (right, all) => {
    let sum = 0;
    for (let k = right; k <= all; k++) {
      let ways = 1;
      for (let i = 0; i < k; i++) ways = (ways * (all - i)) / (i + 1);
      sum += ways / 2 ** all;
    }
    return sum;
  };
  const blind = $("blind");
  // Only revisions of one song are worth a blind test: anybody tells a part from the whole.
  blind.hidden = data.loops.every((one) => one.takes.length < 2 || one.takes[0].id !== "before");
  const pick = (index) => { const input = versions.querySelectorAll("input")[index]; if (input) { input.checked = true; change(); } };
  blind.addEventListener("toggle", () => { if (loop().takes.length < 2) return; player.classList.toggle("blind", blind.open); hidden = Math.random() < 0.5 ? 0 : 1; if (blind.open) pick(hidden); });
  for (const button of blind.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      const what = button.dataset.what;
      if (what === "0" || what === "1") return pick(Number(what));
      if (what === "x") return pick(hidden);
      score.all += 1;
      score.right += Number(what === "is" + hidden);
      hidden = Math.random() < 0.5 ? 0 : 1;
      $("score").textContent = score.right + " of " + score.all + " right; guessing does as well in " + Math.max(1, Math.round(100 * chance(score.right, score.all))) + " of 100 cases. X has been drawn again.";
      pick(hidden);
    });
  }

  player.hidden = false;
  fill();
  shown();
  // For tests, and for whoever wants to measure: what would be heard, without loudspeakers.
  player.render = async (index, changes, seconds) => {
    const of = data.loops[index], silent = new OfflineAudioContext(2, Math.round(seconds * data.rate), data.rate);
    let last = null;
    for (const [when, id, device] of changes) {
      const next = start(silent, await take(of, id, device ?? -1), when, when % (of.end - of.start), of.end - of.start);
      if (last) stop(last, when);
      last = next;
    }
    return silent.startRendering();
  };
})();
