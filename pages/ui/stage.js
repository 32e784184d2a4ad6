// Draws a figure with Plotly and keeps it: a new figure is an update of the old one.
const SETTINGS = { responsive: false, displaylogo: false, showSendToCloud: false,
  modeBarButtonsToRemove: ["toImage", "select2d", "lasso2d", "autoScale2d"] }
const shown = new WeakMap()   // element -> what was drawn there last

function library(path) {
  // The app may live below a folder of its host: its own scripts know where.
  if (!window.glassboxPlotly) {
    const own = document.querySelector("script[src*='static/js/'], link[href*='static/js/']")
    const root = (own?.src || own?.href || location.origin + "/").split("static/js/")[0]
    window.glassboxPlotly = new Promise((resolve, reject) => {
      const script = document.createElement("script")
      script.src = root + path
      script.onload = () => resolve(window.Plotly)
      script.onerror = () => { window.glassboxPlotly = null; reject(new Error(script.src)) }
      document.head.append(script)
    })
  }
  return window.glassboxPlotly
}

function isDark(element) {
  const pen = document.createElement("canvas").getContext("2d")
  pen.fillStyle = getComputedStyle(element).getPropertyValue("--st-background-color").trim()
  const value = parseInt(pen.fillStyle.slice(1), 16)
  return ((value >> 16) * 0.299 + ((value >> 8) & 255) * 0.587 + (value & 255) * 0.114) < 128
}

// A heat map's cells as pages/ui/stage.py packs them: 16 bits each, the last level is a blank; all
// the low bytes, then all the high ones, deflated.
async function unpacked({ rows, columns, is_triangle, low, high, cells }) {
  const packed = Uint8Array.from(atob(cells), (character) => character.charCodeAt(0))
  const opened = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))
  const bytes = new Uint8Array(await new Response(opened).arrayBuffer())
  const n = bytes.length / 2
  const levels = Uint16Array.from({ length: n }, (_, place) => bytes[place] + 256 * bytes[n + place])
  let next = 0
  return Array.from({ length: rows }, (_, row) => {
    const values = new Float32Array(columns).fill(NaN)
    const end = is_triangle ? row + 1 : columns
    for (let column = 0; column < end; column++, next++) {
      if (levels[next] < 65535) values[column] = low + (levels[next] / 65534) * (high - low)
    }
    return values
  })
}

// A picture with a palette (PNG) in the colours of a scale, for the dark: its entries are written
// anew, with the check sum that belongs to them. The first entry lets the ground through.
function repainted(source, scale) {
  const file = Uint8Array.from(atob(source.split(",")[1]), (character) => character.charCodeAt(0))
  const view = new DataView(file.buffer)
  let chunk = 8
  while (view.getUint32(chunk + 4) !== 0x504c5445) chunk += view.getUint32(chunk) + 12   // PLTE
  const length = view.getUint32(chunk)
  for (let entry = 0; entry * 3 < length; entry++) {
    const place = entry / (length / 3 - 1)
    const next = Math.max(1, scale.findIndex(([at]) => at >= place))
    const [[from, low], [to, high]] = [scale[next - 1], scale[next]]
    for (let channel = 0; channel < 3; channel++) {
      const [a, b] = [low, high].map((c) => parseInt(c.slice(1 + 2 * channel, 3 + 2 * channel), 16))
      const share = (place - from) / (to - from)
      file[chunk + 8 + 3 * entry + channel] = Math.round(a + (b - a) * share)
    }
  }
  view.setUint32(chunk + 8 + length, checkSum(file.subarray(chunk + 4, chunk + 8 + length)))
  let text = ""
  for (let start = 0; start < file.length; start += 32768) {
    text += String.fromCharCode(...file.subarray(start, start + 32768))
  }
  return "data:image/png;base64," + btoa(text)
}

function checkSum(bytes) {   // CRC-32, as PNG has it
  let sum = -1
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0)
  }
  return (sum ^ -1) >>> 0
}

// The type of a lecture grows with the wall (lecture.css).
const LECTURE_ROOT = 20
function enlarge(layout, factor) {
  for (const owner of [layout, layout.hoverlabel, layout.xaxis.title, layout.yaxis.title]) {
    owner.font.size *= factor
  }
}

function coloured(data, dark) {
  let spec = JSON.stringify({ figure: JSON.parse(data.figure), template: data.template })
  // in quotes: a colour that somebody wrote into the sentence is not one of the figure's
  if (dark) for (const [from, to] of Object.entries(data.dark)) {
    spec = spec.replaceAll(`"${from}"`, `"${to}"`)
  }
  const { figure, template } = JSON.parse(spec)
  if (data.lecture) enlarge(template.layout, data.rootSize / LECTURE_ROOT)
  if (dark && figure.layout.meta?.palette) for (const image of figure.layout.images) {
    image.source = repainted(image.source, figure.layout.meta.palette)
  }
  if (figure.frames?.length) goTo(figure, data.step)
  // "uirevision" keeps zoom and camera over redraws
  const layout = { ...figure.layout, template, autosize: true, uirevision: data.name }
  delete layout.height   // the element has it
  if (data.listens.includes("drag")) still(layout)
  return { data: figure.data, layout, frames: figure.frames, config: SETTINGS }
}

// Plotly's own dragging, which zooms, is off where bars are dragged.
function still(layout) {
  layout.dragmode = false
  for (const name of new Set(["xaxis", "yaxis", ...Object.keys(layout)])) {
    if (/^[xy]axis\d*$/.test(name)) layout[name] = { ...layout[name], fixedrange: true }
  }
}

// The column and row of a mark: of a heat map, or of the whole that it shows a part of. Its meta
// says where the part begins, with null for columns that are something else than in its neighbours.
function placeOf({ pointIndex, pointNumber, data }) {
  if (!Array.isArray(pointIndex)) return [pointIndex ?? pointNumber, 0]   // of bars, one number
  const [column, row] = data.meta?.first ?? [0, 0]
  return [column === null ? null : column + pointIndex[1], row + pointIndex[0]]
}

// Panels that share their cells: what is pointed at in one is shown in all that have its column.
function link(Plotly, element, { points: [point] }) {
  if (element.isLinking || !point || placeOf(point)[0] === null) return
  const [row, column] = point.pointIndex
  // By the numbers of categories: of a heat map, Plotly finds no point by its index. In element.data
  // the cells are as they were sent.
  const places = element._fullData.map(({ z, xaxis, meta }, curveNumber) => ({ curveNumber, xval: column,
    yval: row, value: meta.first[0] === null ? null : z[row]?.[column], panel: xaxis.slice(1) }))
    .filter(({ value }) => Number.isFinite(value))
  element.isLinking = true
  Plotly.Fx.hover(element, places.map(({ curveNumber, xval, yval }) => ({ curveNumber, xval, yval })),
    places.map(({ panel }) => `x${panel}y${panel}`))
  element.isLinking = false
}

// A click on the legend shows one group alone, with shift it adds or takes away; on the only one, all.
function pick(Plotly, element, { curveNumber, event }) {
  const groups = [...new Set(element.data.map((trace) => trace.legendgroup).filter(Boolean))]
  const isShown = (group) =>
    element.data.some((trace) => trace.legendgroup === group && trace.visible !== "legendonly")
  const clicked = element.data[curveNumber].legendgroup
  const before = groups.filter(isShown)
  let after = before.length === 1 && before[0] === clicked ? groups : [clicked]
  if (event?.shiftKey) {
    after = before.includes(clicked) ? before.filter((group) => group !== clicked) : [...before, clicked]
    if (!after.length) after = [clicked]
  }
  const visible = element.data.map((trace) =>
    !trace.legendgroup || after.includes(trace.legendgroup) ? true : "legendonly")
  Plotly.restyle(element, { visible })
  return after
}

// A figure with frames: the traces of one of them, as the server leaves them out of the figure.
function goTo(figure, step) {
  const { traces, data } = figure.frames[step]
  // copies: Plotly writes the next frame into what it is given
  traces.forEach((trace, place) => Object.assign(figure.data[trace], structuredClone(data[place])))
  figure.layout.sliders[0].active = step
  // Plotly's own buttons leave the promise of what they interrupt without an ear.
  for (const menu of figure.layout.updatemenus) for (const button of menu.buttons) button.execute = false
}

const AT_ONCE = { mode: "immediate", frame: { duration: 0, redraw: true }, transition: { duration: 0 } }
const AT_REST = 400, PLAYING = 1500   // milliseconds without a step: longer than one that is played
// element -> the step that the server knows of, when it was last told one, and the slider's rest
const reels = new WeakMap()

// Tells the server where the slider came to rest.
function listen(Plotly, element, step, tell) {
  const reel = { known: step, sent: 0, timer: null, isDragged: false }
  reels.set(element, reel)
  element.on("plotly_buttonclicked", ({ button }) => animate(Plotly, element, ...button.args))
  element.on("plotly_sliderchange", ({ interaction }) => {
    clearTimeout(reel.timer)
    reel.isDragged = interaction
    reel.timer = setTimeout(() => {
      reel.isDragged = false
      const rests = element.layout.sliders[0].active
      if (!tell || rests === reel.known) return
      reel.known = rests
      reel.sent = Date.now()
      tell([rests, reel.sent])
    }, interaction ? AT_REST : PLAYING)
  })
}

function stop(Plotly, element) {
  clearTimeout(reels.get(element).timer)
  reels.delete(element)
  element.removeAllListeners("plotly_sliderchange")
  element.removeAllListeners("plotly_buttonclicked")
  return animate(Plotly, element, [null])
}

// Goes to a step that was chosen elsewhere. What the server says before it has heard of the last
// move comes late.
function follow(Plotly, element, step, heard) {
  const reel = reels.get(element)
  if (!reel || (heard ?? 0) < reel.sent || step === reel.known) return
  reel.known = step
  if (!reel.isDragged) animate(Plotly, element, [String(step)])
}

function animate(Plotly, element, frames, how = AT_ONCE) {   // all of them: null; none: [null]
  return Plotly.animate(element, frames, how).catch(() => {})   // the visitor went on meanwhile
}

function render(component) {
  const { data, parentElement, setTriggerValue } = component
  const element = parentElement.querySelector(".stage")
  element.latest = null
  element.setAttribute("aria-label", data.alt)
  element.style.height = data.height
  element.classList.toggle("is-clickable", data.listens.includes("click"))
  element.classList.toggle("is-draggable", data.listens.includes("drag"))
  const drag = data.listens.includes("drag") ? dragOf(element) : null
  if (drag) {
    drag.send = (said) => setTriggerValue("drag", said)
    drag.click = data.listens.includes("click") && ((said) => setTriggerValue("click", said))
    heard(drag, data.heard)
  }
  const dark = isDark(parentElement)
  data.rootSize = parseFloat(getComputedStyle(document.documentElement).fontSize)
  if (data.lecture && data.rootSize < LECTURE_ROOT) {   // the style of a lecture is still on its way
    element.latest = component
    setTimeout(() => element.isConnected && element.latest === component && render(component), 100)
  }
  const version = JSON.stringify([data.figure, data.maps, dark, data.template.layout.font,
    data.height, data.lecture && data.rootSize])
  if (shown.get(element)?.version !== version) {
    const figure = coloured(data, dark)
    shown.set(element, { version, figure })
    library(data.library).then(async (Plotly) => {
      for (const map of data.maps) figure.data[map.trace].z = await unpacked(map)
      if (!element.isConnected || shown.get(element)?.version !== version) return
      if (reels.has(element)) await stop(Plotly, element)
      if (drag) hold(drag, figure)
      await Plotly.react(element, figure)
      element.dataset.drawn = String(Number(element.dataset.drawn || 0) + 1)
      element.removeAllListeners("plotly_click")
      element.removeAllListeners("plotly_hover")
      if (figure.layout.meta?.linked) element.on("plotly_hover", (event) => link(Plotly, element, event))
      element.on("plotly_click", ({ points: [point] }) => {
        if (data.listens.includes("click")) setTriggerValue("click", placeOf(point))
      })
      element.removeAllListeners("plotly_legendclick")
      if (data.listens.includes("legend")) element.on("plotly_legendclick", (event) => {
        setTriggerValue("legend", pick(Plotly, element, event))
        return false
      })
      if (drag && !drag.listens) {
        drag.listens = true
        listenToDrags(Plotly, drag)
      }
      if (figure.frames?.length) {
        // what is drawn is this frame, and playing goes on from it
        await animate(Plotly, element, [String(data.step)])
        listen(Plotly, element, data.step,
          data.listens.includes("step") && ((said) => setTriggerValue("step", said)))
      }
    })
  } else if (data.step !== null && window.Plotly) follow(window.Plotly, element, data.step, data.heard)
  window.glassboxFigures = window.glassboxFigures || new Map()
  window.glassboxFigures.set(data.name, element)
  if (!element.observer) {
    // the page can become wider without the window doing so
    element.observer = new ResizeObserver(() => {
      if (element.data && element.clientWidth) window.Plotly.Plots.resize(element)
    })
    element.observer.observe(element)
  }
  return () => {
    element.observer?.disconnect()
    window.glassboxFigures.delete(data.name)
    if (reels.has(element)) stop(window.Plotly, element)
    forgetDrags(element)
    if (element.data) window.Plotly?.purge(element)
  }
}
