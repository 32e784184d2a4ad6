const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16))
const STOPS = [0, 0.2, 0.5, 0.8, 1]   // as in pages/figures/style.py

function shade(scale, value) {
  const next = Math.max(1, STOPS.findIndex((stop) => stop >= value))
  const part = (value - STOPS[next - 1]) / (STOPS[next] - STOPS[next - 1])
  const [low, high] = [channels(scale[next - 1]), channels(scale[next])]
  return low.map((channel, i) => Math.round(channel + part * (high[i] - channel)))
}

const luminance = ([red, green, blue]) => red * 0.299 + green * 0.587 + blue * 0.114

function render({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".ribbon")
  const host = parentElement.host ?? parentElement
  const pen = document.createElement("canvas").getContext("2d")
  pen.fillStyle = getComputedStyle(host).getPropertyValue("--st-background-color").trim()
  const dark = luminance(channels(pen.fillStyle)) < 128
  const scale = data.scale.map((colour) => (dark ? data.dark[colour] : colour))
  box.setAttribute("aria-label", data.label)
  while (box.children.length > data.tokens.length) box.lastElementChild.remove()

  function paint(shades) {
    [...box.children].forEach((token, index) => {
      const value = shades[index]
      const blank = !Number.isFinite(value)
      token.classList.toggle("is-after", blank && shades.length > 0)   // else a plain row
      const colour = blank ? null : shade(scale, Math.min(1, Math.max(0, value)))
      token.style.background = colour ? `rgb(${colour})` : ""
      token.style.color = colour ? (luminance(colour) > 140 ? "#111" : "#fff") : ""
      token.title = colour ? value.toFixed(3) : ""
    })
  }

  // Under the pointer: the row of the map that it follows, which the browser has already.
  function peek(index) {
    const row = window.glassboxFigures?.get(data.follows)?.data?.[0]?.z?.[index]
    if (row) paint([...row].slice(0, index + 1))
  }

  data.tokens.forEach((words, index) => {
    let token = box.children[index]
    if (!token) {
      token = document.createElement("button")
      token.type = "button"
      token.setAttribute("role", "option")
      box.append(token)
    }
    if (token.textContent !== words) token.textContent = words   // never as HTML
    token.setAttribute("aria-selected", String(index === data.chosen))
    token.onclick = () => setTriggerValue("click", index)
    token.onmouseenter = token.onfocus = () => { if (data.follows) peek(index) }
  })
  box.onmouseleave = () => { if (data.follows) paint(data.shades) }
  box.ribbonLeft?.abort()   // what the last rendering listened with
  box.ribbonLeft = new AbortController()
  box.addEventListener("focusout", box.onmouseleave, { signal: box.ribbonLeft.signal })
  paint(data.shades)
}
