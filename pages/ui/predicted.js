// A text whose tokens were predicted: their colours, and what was expected at the one that is
// pointed at. Of a long text a part is here; the browser has all that is told of it.

// What comes while a text is read: see predicted_news.js. It may be there before this is.
const stream = () => (window.glassboxPredicted = window.glassboxPredicted || {})

function between(scale, level) {
  const next = Math.max(1, STOPS.findIndex((stop) => stop >= level))
  const part = (level - STOPS[next - 1]) / (STOPS[next] - STOPS[next - 1])
  return scale[next - 1].map((low, i) => Math.round(low + part * (scale[next][i] - low)))
}

function render({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".written")
  const [legend, passage, detail] = ["legend", "passage", "detail"].map((name) => box.querySelector(`.${name}`))
  const dark = isOnDark(parentElement)
  const inTheme = (colour) => (dark ? data.dark[colour] : colour)
  const scale = data.scale.map((colour) => channels(inTheme(colour)))
  const { words } = data
  box.style.setProperty("--accent", inTheme(data.accent))
  box.style.setProperty("--second", inTheme(data.second))
  passage.setAttribute("aria-label", words.label)
  // What the pointer chose stays over an update of the same tokens.
  const shownOf = `${data.of} ${data.part.first}`
  if (box.shownOf !== shownOf) box.pointed = null
  box.shownOf = shownOf

  // What they are coloured by is chosen here, and painted before the server knows of it.
  if (box.pending === data.shade) box.pending = undefined
  if (box.pending === undefined) box.shade = data.shade
  // A text that is being read would be begun anew, so the server hears of it afterwards.
  const tell = () => { if (!data.run && box.pending !== undefined) setTriggerValue("shade", box.pending) }

  const news = () => (data.run && stream().news?.run === data.run ? stream().news : null)
  const part = () => news()?.part ?? data.part
  const shownAt = () => {   // within the part
    const { first, tokens } = part()
    if (news()) return tokens.length - 1
    const wanted = box.pointed ?? data.chosen - first
    return wanted >= 0 && wanted < tokens.length ? wanted : 0
  }

  function chooser() {
    const group = element("span", "chooser")
    group.setAttribute("role", "radiogroup")
    group.setAttribute("aria-label", words.colour)
    const buttons = data.shades.map(([code]) => {
      const button = element("button")
      button.type = "button"
      button.dataset.code = code
      button.setAttribute("role", "radio")
      return button
    })
    group.append(...buttons)
    return group
  }

  function drawLegend() {
    const ticks = data.ticks[box.shade], made = []
    const group = legend.querySelector(".chooser") ?? chooser()   // stays: it may have the focus
    group.querySelectorAll("button").forEach((button, at) => {
      button.textContent = data.shades[at][1]
      button.setAttribute("aria-checked", String(button.dataset.code === box.shade))
      button.onclick = () => {
        box.shade = box.pending = button.dataset.code
        draw()
        tell()
      }
    })
    if (ticks) {
      const bar = element("span", "gradient"), ends = scale.map((one, i) => `rgb(${one}) ${100 * STOPS[i]}%`)
      bar.style.background = `linear-gradient(to right, ${ends})`
      for (const [at, label] of ticks) {
        const tick = element("span", "tick", label)
        tick.style.left = `${100 * at}%`
        bar.append(tick)
      }
      made.push(bar)
    } else data.classes.forEach((label, i) => {
      const one = element("span"), patch = element("i")
      patch.style.background = `rgb(${between(scale, i / (data.classes.length - 1))})`
      one.append(patch, label)
      made.push(one)
    })
    const pager = element("span", "pager")
    const turn = (label, sign, to) => {
      const button = element("button", "", sign)
      button.type = "button"
      button.disabled = to < 0 || to >= data.n_parts || Boolean(data.run)
      button.setAttribute("aria-label", label)
      button.onclick = () => setTriggerValue("part", to)
      return button
    }
    if (data.n_parts > 1 || news()) {
      pager.append(turn(words.before, "‹", data.place - 1), element("span", "", part().shown),
        turn(words.after, "›", data.place + 1))
    }
    while (legend.lastChild && legend.lastChild !== group) legend.lastChild.remove()
    legend.append(...(group.isConnected ? [] : [group]), ...made, pager)
  }

  function drawPassage() {
    const { tokens } = part(), levels = part().levels[box.shade], shown = shownAt()
    passage.querySelector(".cursor")?.remove()
    const chips = chipsIn(passage, tokens.length)
    tokens.forEach((token, at) => {
      const chip = chips[at], level = levels[at]
      dress(chip, token, level === null ? null : between(scale, level))
      chip.classList.toggle("is-first", level === null)
      chip.onmouseenter = chip.onfocus = () => point(at)
      chip.onclick = () => { point(at); if (!data.run) setTriggerValue("place", part().first + at) }
      chip.onkeydown = (event) => walk(event, passage, at)
    })
    markShown(chips, shown)
    if (data.run) {
      passage.append(element("span", "cursor"))
      passage.scrollTop = passage.scrollHeight
    } else if (box.scrolledTo !== `${shownOf} ${data.chosen}`) {   // within the passage alone
      box.scrolledTo = `${shownOf} ${data.chosen}`
      const chip = chips[shown]
      if (chip) passage.scrollTop = chip.offsetTop - passage.offsetTop - passage.clientHeight / 2
    }
  }

  function point(at) {
    if (at === shownAt() && at === box.pointed) return
    box.pointed = at
    markShown([...passage.querySelectorAll("button")], at)
    drawDetail()
    follow(part().first + at)
  }

  // The same token in the figure along the text, if it draws every token.
  function follow(place) {
    const figure = data.follows && window.glassboxFigures?.get(data.follows)
    if (!figure?.data || !window.Plotly) return
    if (place === null || place < 1) window.Plotly.Fx.unhover(figure)
    else window.Plotly.Fx.hover(figure, [0, 1, 2].map((curveNumber) => ({ curveNumber, pointNumber: place - 1 })))
  }
  passage.onmouseleave = () => follow(null)

  function facts(at) {
    const list = element("dl", "facts"), one = part()
    list.append(element("dt", "token", one.visible[at]), element("dt", "", words.place),
      element("dd", "", String(one.first + at)))
    if (one.bits[at] === null) {
      list.append(element("dd", "how", words.first))
      return list
    }
    const [bits, entropy] = [one.bits[at], one.entropies[at]]
    for (const [name, value] of [["p", small(2 ** -bits)], ["rank", one.ranks[at].toLocaleString()],
      ["bits", bits.toFixed(2)], ["entropy", entropy.toFixed(2)]]) {
      list.append(element("dt", "", words[name]), element("dd", "", value))
    }
    const less = Math.abs(bits - entropy).toFixed(2)
    list.append(element("dd", "how", (bits > entropy ? words.more_than : words.less_than).replace("%", less)))
    return list
  }

  function guesses(at) {
    const table = element("div", "alternatives"), one = part()
    if (one.bits[at] === null) return table
    const head = element("div", "head")
    head.append(element("span", "number", "#"), element("span", "", words.guess), element("span"),
      element("span", "number", words.p))
    table.append(head)
    const ids = [...one.best[at]], shares = [...one.shares[at]], most = Math.max(...shares)
    const ranks = ids.map((_, place) => place + 1)
    if (!ids.includes(one.ids[at])) {
      ids.push(one.ids[at])
      shares.push(2 ** -one.bits[at])
      ranks.push(one.ranks[at])
    }
    ids.forEach((id, place) => {
      const isOwn = id === one.ids[at], row = element("div", `row${isOwn ? " is-own" : ""}`)
      const bars = element("span", "bars"), bar = element("i", isOwn ? "chain" : "network")
      bar.style.width = `${(100 * shares[place]) / most}%`
      bars.append(bar)
      row.append(element("span", "number", ranks[place].toLocaleString()), element("span", "name", one.names[id]),
        bars, element("span", "number", small(shares[place])))
      row.title = `${one.names[id]} · ${id}`
      table.append(row)
    })
    return table
  }

  function drawDetail() {
    const at = shownAt()
    detail.replaceChildren(...(part().tokens.length ? [facts(at), guesses(at)] : []))
    host.dataset.shown = String(part().first + at)
  }

  const host = parentElement.host ?? parentElement   // says what is drawn, for whoever waits for it
  function draw() {
    drawLegend()
    drawPassage()
    drawDetail()
    host.dataset.shade = box.shade
  }
  stream().draw = draw
  draw()
  tell()
  return () => { if (stream().draw === draw) stream().draw = null }
}
