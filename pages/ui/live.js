// Hears what is typed into the box above the pages, and tells the server: one text at a time, the
// newest once the page has followed the one before.
const PATIENCE = 1500   // milliseconds until one that got lost is given up
const REST = 1000       // milliseconds without a key until the box hands its text over
const box = () => document.querySelector(".st-key-prompt textarea")

function start() {
  const typing = { send: () => {}, sent: null, since: -PATIENCE, rest: null, retry: null }

  typing.say = () => {
    clearTimeout(typing.retry)
    const words = box()?.value
    if (words === undefined || words === typing.sent) return
    const wait = typing.since + PATIENCE - performance.now()
    if (wait > 0) { typing.retry = setTimeout(typing.say, wait); return }
    typing.sent = words
    typing.since = performance.now()
    typing.send(words)
  }

  typing.hasFollowed = () => {
    typing.since = -PATIENCE
    if (typing.sent !== null) typing.say()
  }

  // As Ctrl and Enter would do it.
  const handOver = () => box()?.dispatchEvent(
    new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true }))

  const heard = (event) => {
    // What is being composed of several keys (pinyin) is no text yet.
    if (event.target !== box() || event.isComposing) return
    clearTimeout(typing.rest)
    typing.rest = setTimeout(handOver, REST)
    typing.say()
  }
  const left = (event) => {   // the box hands over what it holds
    if (event.target !== box()) return
    clearTimeout(typing.rest)
    clearTimeout(typing.retry)
    typing.sent = null
  }
  const ears = { input: heard, compositionend: heard, focusout: left }
  for (const [name, ear] of Object.entries(ears)) document.addEventListener(name, ear)
  typing.stop = () => {
    clearTimeout(typing.rest)
    clearTimeout(typing.retry)
    for (const [name, ear] of Object.entries(ears)) document.removeEventListener(name, ear)
  }
  return typing
}

function render({ parentElement, setTriggerValue }) {
  const mark = parentElement.querySelector("span")
  mark.typing ??= start()
  mark.typing.send = (words) => setTriggerValue("words", words)
  mark.typing.hasFollowed()
  return () => mark.typing.stop()
}
