// A short tone, and whether the browser lets us make it. Nothing here knows what it stands for.

/** @type {AudioContext | undefined} */
let context;

function opened() {
  context ??= new AudioContext();
  return context;
}

/** Whether a tone would be heard now: browsers keep a page silent until somebody has touched it. */
export function allowed() {
  return opened().state === 'running';
}

/** To be called from a click or key; resolves to whether a tone would be heard now. */
export async function allow() {
  await opened().resume().catch(() => undefined);
  return allowed();
}

/** Two notes, the second higher; half a second in all. */
export function tone() {
  const { currentTime: now, destination } = opened();
  for (const [begin, hertz] of /** @type {const} */ ([[0, 660], [0.18, 880]])) {
    const note = opened().createOscillator();
    const loudness = opened().createGain();
    note.frequency.value = hertz;
    loudness.gain.setValueAtTime(0.0001, now + begin);
    loudness.gain.exponentialRampToValueAtTime(0.2, now + begin + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, now + begin + 0.3);
    note.connect(loudness).connect(destination);
    note.start(now + begin);
    note.stop(now + begin + 0.32);
  }
}
