// Several cuts of one text: what is pointed at in one pane is lit, by its characters, in all.
const [WORDS, ID, BYTES, START, STOP, PLACE] = [0, 1, 2, 3, 4, 5]   // of a chip
const MOST_TOLD = 12   // tokens whose numbers are listed

function isDark(host) {
  const pen = document.createElement("canvas").getContext("2d")
  pen.fillStyle = getComputedStyle(host).getPropertyValue("--st-background-color").trim()
  const value = parseInt(pen.fillStyle.slice(1), 16)
  return ((value >> 16) * 0.299 + ((value >> 8) & 255) * 0.587 + (value & 255) * 0.114) < 128
}

const fill = (template, values) =>
  template.replace(/\{(\w+)\}/g, (field, name) => values[name] ?? field)

function made(tag, className, words = "") {
  const element = document.createElement(tag)
  element.className = className
  element.textContent = words   // never as HTML
  return element
}

function chipOf(chip) {
  const element = made("button", "chip", chip[WORDS])
  element.type = "button"
  element.tabIndex = -1
  element.setAttribute("role", "option")
  element.setAttribute("aria-selected", "false")
  element.style.setProperty("--chip", `var(--c${chip[PLACE] % 6})`)
  element.chip = chip
  return element
}

function pieceOf(piece) {
  if (piece.gap !== undefined) return [made("span", "gap", piece.gap)]
  const chips = piece.chips.map(chipOf)
  if (piece.over === undefined) return piece.ends_line ? [...chips, document.createElement("br")] : chips
  const parts = made("span", "parts")
  const under = made("span", "under")
  under.append(...chips)
  parts.append(made("span", "over", piece.over), under)
  return [parts]
}

function paneOf() {
  const pane = made("section", "pane")
  const [head, text] = [made("div", "head"), made("div", "text")]
  pane.parts = { name: made("span", "name"), count: made("span", "count"), text, told: made("div", "told") }
  head.append(pane.parts.name, pane.parts.count)
  text.setAttribute("role", "listbox")
  pane.append(head, text, pane.parts.told)
  return pane
}

function fillPane(pane, data, words) {
  const { name, count, text } = pane.parts
  name.textContent = name.title = data.name
  count.textContent = data.count
  text.setAttribute("aria-label", fill(words.label, { n: data.name }))
  pane.code = data.code
  const version = JSON.stringify(data.pieces)
  if (pane.version !== version) {
    const focused = pane.chips?.indexOf(pane.getRootNode().activeElement) ?? -1
    pane.version = version
    text.replaceChildren(...data.pieces.flatMap(pieceOf))
    pane.chips = [...text.querySelectorAll(".chip")]
    pane.lit = []
    if (focused >= 0) pane.chips[Math.min(focused, pane.chips.length - 1)]?.focus({ preventScroll: true })
  }
  mark(pane, data.chosen)
}

function mark(pane, place) {
  pane.chosen = null
  for (const element of pane.chips) {
    const isChosen = element.chip[PLACE] === place
    if (isChosen) pane.chosen = element
    if ((element.getAttribute("aria-selected") === "true") !== isChosen) {
      element.setAttribute("aria-selected", String(isChosen))
    }
    element.tabIndex = -1
  }
  const entry = pane.chosen ?? pane.chips[0]   // where the tab key leads; arrows go on from there
  if (entry) entry.tabIndex = 0
}

// Tokens without characters of their own, such as [CLS], are lit alone.
const covers = ([, , , start, stop], [from, to]) =>
  start === stop ? false : start < to && stop > from

function light(panes, element, words) {
  const [from, to] = [element.chip[START], element.chip[STOP]]
  for (const pane of panes) {
    const isOwn = pane.chips.includes(element)
    const lit = isOwn ? [element] : pane.chips.filter(({ chip }) => covers(chip, [from, to]))
    show(pane, lit)
    pane.parts.told.textContent = told(lit, words)
    if (!isOwn) bringIntoSight(pane.parts.text, lit[0])
  }
}

function show(pane, lit) {
  for (const element of pane.lit) element.classList.remove("is-lit")
  for (const element of lit) element.classList.add("is-lit")
  pane.lit = lit
}

// Within the pane alone: scrollIntoView would move the page as well.
function bringIntoSight(text, element) {
  if (!element) return
  const [box, place] = [text.getBoundingClientRect(), element.getBoundingClientRect()]
  if (place.top < box.top) text.scrollTop -= box.top - place.top + 8
  if (place.bottom > box.bottom) text.scrollTop += place.bottom - box.bottom + 8
}

function told(lit, words) {
  if (!lit.length) return "–"
  const chips = lit.map(({ chip }) => chip)
  const [first, last] = [chips[0][START], chips.at(-1)[STOP] - 1]
  const at = last < first ? "–" : fill(last === first ? words.at_one : words.at_many, { first, last })
  const bytes = chips.slice(0, MOST_TOLD).map((chip) => chip[BYTES]).join(" · ")
  const ids = chips.slice(0, MOST_TOLD).map((chip) => chip[ID]).join(", ")
  return fill(chips.length === 1 ? words.one : words.many, { n: chips.length, id: ids, ids, bytes, at })
}

function rest(panes, words) {
  for (const pane of panes) {
    show(pane, [])
    pane.parts.told.textContent = pane.chosen ? told([pane.chosen], words) : words.hint
  }
}

function pager(element, data, turn) {
  if (data.n_parts < 2) { element.replaceChildren(); return }
  const button = (sign, label, part) => {
    const made_ = made("button", "", sign)
    made_.type = "button"
    made_.setAttribute("aria-label", label)
    made_.disabled = part < 0 || part >= data.n_parts
    made_.onclick = () => turn(part)
    return made_
  }
  element.replaceChildren(
    button("‹", data.words.before, data.part - 1),
    made("span", "", data.words.shown),
    button("›", data.words.after, data.part + 1))
}

function render({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".splits")
  const grid = root.querySelector(".panes")
  const dark = isDark(parentElement.host ?? parentElement)
  data.colours.forEach((colour, n) => {
    root.style.setProperty(`--c${n}`, dark ? data.dark[colour] : colour)
  })
  pager(root.querySelector(".pager"), data, (part) => setTriggerValue("part", part))
  while (grid.children.length > data.panes.length) grid.lastElementChild.remove()
  while (grid.children.length < data.panes.length) grid.append(paneOf())
  const panes = [...grid.children]
  panes.forEach((pane, index) => fillPane(pane, data.panes[index], data.words))
  rest(panes, data.words)
  const host = parentElement.host ?? root
  host.dataset.drawn = String(Number(host.dataset.drawn || 0) + 1)

  const chipAt = (event) => event.target.closest?.(".chip")
  grid.onmouseover = (event) => { const chip = chipAt(event); if (chip) light(panes, chip, data.words) }
  grid.onmouseleave = () => rest(panes, data.words)
  if (!grid.hasEars) {   // there is no onfocusin
    grid.hasEars = true
    grid.addEventListener("focusin", (event) => grid.onmouseover(event))
    grid.addEventListener("focusout", () => grid.onmouseleave())
  }
  grid.onclick = (event) => {
    const chip = chipAt(event)
    if (!chip) return
    const pane = chip.closest(".pane")
    panes.forEach((one) => mark(one, one === pane ? chip.chip[PLACE] : null))
    setTriggerValue("click", [pane.code, chip.chip[PLACE]])
  }
  grid.onkeydown = (event) => {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }
    const chip = chipAt(event)
    if (!chip || !(event.key in steps)) return
    event.preventDefault()
    const { chips } = chip.closest(".pane")
    chips[chips.indexOf(chip) + steps[event.key]]?.focus()
  }
}
