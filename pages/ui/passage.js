// What components that show a text as coloured tokens have in common.
const STOPS = [0, 0.2, 0.5, 0.8, 1]   // of a scale of colours, as in pages/figures/style.py
const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16))
const luminance = ([red, green, blue]) => red * 0.299 + green * 0.587 + blue * 0.114
const small = (p) => p === 0 ? "0" : p < 0.0005 ? p.toExponential(0) : p.toFixed(3)

function element(kind, className, words) {
  const made = document.createElement(kind)
  if (className) made.className = className
  if (words !== undefined) made.textContent = words   // never as HTML
  return made
}

function isOnDark(parentElement) {
  const pen = document.createElement("canvas").getContext("2d")
  pen.fillStyle = getComputedStyle(parentElement.host ?? parentElement).getPropertyValue("--st-background-color").trim()
  return luminance(channels(pen.fillStyle)) < 128
}

// As many buttons as there are tokens; those that are there already stay.
function chipsIn(passage, n) {
  const chips = [...passage.querySelectorAll("button")]
  while (chips.length > n) chips.pop().remove()
  while (chips.length < n) {
    const chip = element("button")
    chip.type = "button"
    chips.push(chip)
    passage.append(chip)
  }
  return chips
}

function dress(chip, words, colour) {
  if (chip.textContent !== words) chip.textContent = words
  chip.style.background = colour ? `rgb(${colour})` : ""
  chip.style.color = colour ? (luminance(colour) > 140 ? "#111" : "#fff") : ""
}

// One of the chips is shown in full, and only that one is reached by the tab key.
function markShown(chips, shown) {
  chips.forEach((chip, at) => {
    chip.classList.toggle("is-shown", at === shown)
    chip.setAttribute("aria-pressed", String(at === shown))
    chip.tabIndex = at === shown ? 0 : -1
  })
}

// Along the tokens by the keys.
function walk(event, passage, at) {
  const chips = passage.querySelectorAll("button")
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: chips.length - 1 }[event.key]
  if (to === undefined) return
  event.preventDefault()
  chips[to]?.focus()
}
