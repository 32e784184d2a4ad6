// Bars that are dragged up and down: by the pointer, or by the arrow keys on the grip of each. The
// bar follows at once. The server is told one place at a time, the newest once the page has
// followed the one before, and the last one in any case.
const LOST = 3000   // milliseconds until an answer is given up
const NEAR = 14     // pixels beside a thin bar that still are the bar's
const GRIP = 9      // pixels, its height
const CLICK = 3     // pixels that a click may move, where clicks are told too
const NUMBERS = { f8: Float64Array, f4: Float32Array, i4: Int32Array, u4: Uint32Array,
  i2: Int16Array, u2: Uint16Array, i1: Int8Array, u1: Uint8Array }
const drags = new WeakMap()   // element -> what is dragged there

// What layout.meta says of it: which traces (the first one), in which steps, and what the bars of a
// trace add up to, if the others give way in proportion.
function rulesOf(layout) {
  const { drag_traces = [0], drag_step = null, drag_sum = null } = layout.meta ?? {}
  return { traces: drag_traces, step: drag_step, sum: drag_sum }
}

function dragOf(element) {
  if (!drags.has(element)) drags.set(element, { element, held: null, isDown: false, news: null,
    sent: 0, since: -LOST, heard: 0, timer: null, frame: null, ears: new AbortController() })
  return drags.get(element)
}

// What came from the server: once it has followed the last place, the bar is the server's again.
function heard(drag, number) {
  drag.heard = number ?? 0
  if (!drag.isDown && !drag.news && drag.heard >= drag.sent) drag.held = null
}

function decoded(y) {
  if (!y?.bdata) return Array.from(y)
  const bytes = Uint8Array.from(atob(y.bdata), (character) => character.charCodeAt(0))
  return Array.from(new NUMBERS[y.dtype](bytes.buffer))
}

// The heights of a trace's bars with one of them held somewhere.
function holding(y, point, value, sum) {
  const heights = decoded(y)
  if (sum !== null) {
    const others = heights.reduce((total, one, place) => place === point ? total : total + one, 0)
    const rest = sum - value
    heights.forEach((one, place) => {
      heights[place] = others > 0 ? one * rest / others : rest / (heights.length - 1)
    })
  }
  heights[point] = value
  return heights
}

// A figure of the server's, with the held bar where the pointer has it.
function hold(drag, figure) {
  if (!drag.held) return
  const { trace, point, value } = drag.held
  const { y } = figure.data[trace] ?? {}
  if (y && point < decoded(y).length) {
    figure.data[trace].y = holding(y, point, value, rulesOf(figure.layout).sum)
  }
}

// Every bar that can be dragged, with its number over all such traces and its place in pixels.
function barsOf(element) {
  const found = []
  for (const trace of rulesOf(element.layout).traces) {
    const drawn = element.calcdata?.find(([first]) => first?.trace?.index === trace) ?? []
    const full = element._fullData[trace]
    const [across, up] = [full.xaxis, full.yaxis].map((id) =>
      element._fullLayout[`${id[0]}axis${id.slice(1)}`])
    drawn.forEach((bar, point) => found.push({ trace, point, place: found.length, up,
      name: `${full.name ?? ""} ${full.x?.[point] ?? point}`.replace(/<[^>]*>/g, ""),
      value: full.y[point] || 0,
      x: across._offset + across.c2p(bar.x),
      y: up._offset + up.c2p(full.y[point] || 0),
      width: Math.abs(across.c2p(bar.p1) - across.c2p(bar.p0)) }))
  }
  return found
}

function within(element, up, value) {
  const { step } = rulesOf(element.layout)
  const [low, high] = [Math.min(...up.range), Math.max(...up.range)]
  const digits = step === null ? 6 : Math.max(0, Math.ceil(-Math.log10(step)) + 1)
  const snapped = step === null ? value : Math.round(value / step) * step
  const { drag_low = low, drag_high = high } = element.layout.meta ?? {}
  return Number(Math.min(drag_high, Math.max(drag_low, snapped)).toFixed(digits))
}

function moveBar(Plotly, drag, bar, value) {
  const { element } = drag
  if (value === (drag.held?.place === bar.place ? drag.held.value : bar.value)) return
  drag.held = { trace: bar.trace, point: bar.point, place: bar.place, value }
  drag.news = [bar.place, value]
  shown.delete(element)   // even if the server's figure stays as it was, it is to be drawn
  drag.frame ??= requestAnimationFrame(() => {
    drag.frame = null
    if (!drag.held || !element.isConnected) return
    const { trace, point } = drag.held
    const { sum } = rulesOf(element.layout)
    const y = holding(element._fullData[trace].y, point, drag.held.value, sum)
    Plotly.restyle(element, { y: [y] }, [trace])
  })
  tellPlace(drag)
}

function tellPlace(drag) {
  clearTimeout(drag.timer)
  if (!drag.news) return
  // An answer is there once the whole page is: the next place would cut off what is on its way.
  const app = document.querySelector("[data-testid=stApp]")
  const isRunning = app?.dataset.testScriptState === "running"
  const isLost = performance.now() - drag.since > LOST
  if (isRunning || (drag.heard < drag.sent && !isLost)) {
    drag.timer = setTimeout(tellPlace, 15, drag)
    return
  }
  drag.sent = Date.now()   // larger than any before, on earlier visits to the page too
  drag.since = performance.now()
  drag.send([...drag.news, drag.sent])
  drag.news = null
}

function barUnder(element, event) {
  const box = element.getBoundingClientRect()
  const [x, y] = [event.clientX - box.left, event.clientY - box.top]
  const reached = barsOf(element).filter((bar) => Math.abs(bar.x - x) <= Math.max(bar.width / 2, NEAR)
    && y >= bar.up._offset - NEAR && y <= bar.up._offset + bar.up._length + NEAR)
  return reached.sort((one, other) => Math.abs(one.x - x) - Math.abs(other.x - x))[0]
}

// Until the pointer is let go. Heard in the window: Plotly lays a sheet over the page meanwhile.
function followPointer(Plotly, drag, bar, { pointerId, clientY }, grip) {
  const { element } = drag
  const ears = new AbortController()
  const on = (name, ear) => window.addEventListener(name,
    (event) => event.pointerId === pointerId && ear(event), { signal: ears.signal })
  drag.isDown = true
  on("pointermove", (event) => {
    const isStill = !element.classList.contains("is-dragged") && Math.abs(event.clientY - clientY) < CLICK
    if (drag.click && isStill) return
    if (!element.classList.contains("is-dragged")) Plotly.Fx.unhover(element)
    element.classList.add("is-dragged")
    const now = barsOf(element)[bar.place]   // an answer may have drawn another axis meanwhile
    if (!now) return
    const y = event.clientY - element.getBoundingClientRect().top
    moveBar(Plotly, drag, now, within(element, now.up, now.up.p2c(y - now.up._offset)))
  })
  for (const name of ["pointerup", "pointercancel"]) on(name, () => {
    ears.abort()
    drag.isDown = false
    // Plotly does not hear of a click on a grip.
    if (grip && drag.click && !element.classList.contains("is-dragged")) drag.click([bar.point, 0])
    element.classList.remove("is-dragged")
  })
}

// Once for an element: what the pointer and the keys do there.
function listenToDrags(Plotly, drag) {
  const { element } = drag
  const on = (name, ear) => element.addEventListener(name, ear, { signal: drag.ears.signal })
  on("pointerdown", (event) => {
    const grip = event.target.closest(".drag-grip")
    // A finger beside the grips scrolls the page.
    const reaches = grip || (event.pointerType !== "touch" && event.target.closest(".nsewdrag"))
    if (!reaches || event.button > 0 || drag.isDown) return
    const bar = grip ? barsOf(element)[grip.dataset.place] : barUnder(element, event)
    if (!bar) return
    if (grip || !drag.click) event.preventDefault()
    element.querySelector(`.drag-grip[data-place="${bar.place}"]`)?.focus({ preventScroll: true })
    followPointer(Plotly, drag, bar, event, grip)
  })
  on("keydown", (event) => {
    const grip = event.target.closest(".drag-grip")
    const steps = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 }
    const pushed = grip && barsOf(element)[grip.dataset.place]
    if (!pushed || !(event.key in steps)) return
    event.preventDefault()
    const [low, high] = pushed.up.range
    const step = rulesOf(element.layout).step ?? Math.abs(high - low) / 100
    const from = drag.held?.place === pushed.place ? drag.held.value : pushed.value
    moveBar(Plotly, drag, pushed, within(element, pushed.up, from + steps[event.key] * step))
  })
  element.on("plotly_afterplot", () => placeGrips(element))
  placeGrips(element)
}

function placeGrips(element) {
  const bars = barsOf(element)
  const grips = [...element.querySelectorAll(".drag-grip")]
  while (grips.length > bars.length) grips.pop().remove()
  bars.forEach((bar, place) => {
    if (!grips[place]) {
      grips[place] = document.createElement("div")
      grips[place].className = "drag-grip"
      element.append(grips[place])
    }
    // inside the bar, at its end
    const inside = bar.value < 0 ? bar.y - GRIP : bar.y
    const said = { role: "slider", tabindex: 0, "aria-orientation": "vertical", "aria-label": bar.name,
      "aria-valuemin": Math.min(...bar.up.range), "aria-valuemax": Math.max(...bar.up.range),
      "aria-valuenow": bar.value, "data-place": place }
    for (const [name, value] of Object.entries(said)) grips[place].setAttribute(name, value)
    grips[place].style.transform = `translate(${bar.x}px, ${inside + GRIP / 2}px) translate(-50%, -50%)`
    grips[place].style.setProperty("--width", `${Math.min(26, Math.max(8, bar.width * 0.6))}px`)
  })
}

function forgetDrags(element) {
  const drag = drags.get(element)
  if (!drag) return
  clearTimeout(drag.timer)
  drag.ears.abort()
  element.querySelectorAll(".drag-grip").forEach((grip) => grip.remove())
  drags.delete(element)
}
