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

// A heat map's cells as pages/ui/stage.py packs them: 16 bits each, the last level is a blank.
function unpacked({ rows, columns, is_triangle, low, high, cells }) {
  const bytes = Uint8Array.from(atob(cells), (character) => character.charCodeAt(0))
  const levels = new Uint16Array(bytes.buffer)
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
  for (const map of data.maps) figure.data[map.trace].z = unpacked(map)
  // "uirevision" keeps zoom and camera over redraws
  const layout = { ...figure.layout, template, autosize: true, uirevision: data.name }
  delete layout.height   // the element has it
  return { data: figure.data, layout, frames: figure.frames, config: SETTINGS }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const element = parentElement.querySelector(".stage")
  element.setAttribute("aria-label", data.alt)
  element.style.height = data.height
  element.classList.toggle("is-clickable", data.clickable)
  const dark = isDark(parentElement)
  data.rootSize = parseFloat(getComputedStyle(document.documentElement).fontSize)
  const version = JSON.stringify([data.figure, data.maps, dark, data.template.layout.font,
    data.height, data.lecture && data.rootSize])
  if (shown.get(element)?.version !== version) {
    const figure = coloured(data, dark)
    shown.set(element, { version, figure })
    library(data.library).then(async (Plotly) => {
      if (!element.isConnected || shown.get(element)?.version !== version) return
      await Plotly.react(element, figure)
      element.dataset.drawn = String(Number(element.dataset.drawn || 0) + 1)
      element.removeAllListeners("plotly_click")
      element.on("plotly_click", ({ points: [point] }) => {
        // pointIndex is [row, column] on a heat map, one number on bars
        const place = Array.isArray(point.pointIndex)
          ? [point.pointIndex[1], point.pointIndex[0]] : [point.pointIndex ?? point.pointNumber, 0]
        if (data.clickable) setTriggerValue("click", place)
      })
    })
  }
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
    if (element.data) window.Plotly?.purge(element)
  }
}
