// What was written, token by token, and what stood to choose at the one that is pointed at.
// A token: [words, network's probability, after the chain, rank, entropy, is chosen, alternatives, id]
// An alternative: [id, words, network's probability, after the chain, name of what removed it]
const [WORDS, NETWORK, CHAIN, RANK, ENTROPY, CHOSEN, ALTERNATIVES, ID] = [0, 1, 2, 3, 4, 5, 6, 7]

// What comes while it is written: see news.js. It may be there before this is.
const stream = () => (window.glassboxWritten = window.glassboxWritten || {})

function render({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".written")
  const [legend, passage, detail] = ["legend", "passage", "detail"].map((name) => box.querySelector(`.${name}`))
  const dark = isOnDark(parentElement)
  const inTheme = (colour) => (dark ? data.dark[colour] : colour)
  const scale = data.scale.map(inTheme)
  box.style.setProperty("--accent", inTheme(data.accent))
  box.style.setProperty("--second", inTheme(data.second))
  box.classList.toggle("can-branch", data.canBranch)
  passage.setAttribute("aria-label", data.words.label)
  // What the pointer chose stays over an update of the same text.
  if (box.text !== data.text) box.pointed = null
  box.text = data.text

  const news = () => (data.run && stream().news?.run === data.run ? stream().news : null)
  const tokens = () => (news() ? [...data.tokens.slice(0, news().start), ...news().tokens] : data.tokens)
  const classOf = (token) => {
    const at = data.bounds.findIndex((bound) =>
      data.shade === "rank" ? token[RANK] <= bound : token[NETWORK] >= bound)
    return at < 0 ? data.bounds.length : at
  }
  const shownPlace = () => {
    const last = tokens().length - 1
    const wanted = box.pointed ?? (data.run ? last : data.chosen)
    return Math.min(Math.max(wanted, 0), last)
  }

  function drawLegend() {
    const steps = scale.map((colour, at) => {
      const one = element("span", "", "")
      const patch = element("i")
      patch.style.background = colour
      one.append(patch, data.words.classes[at])
      return one
    })
    legend.replaceChildren(element("b", "", data.words.shade), ...steps)
    if (news()) legend.append(element("span", "speed", news().speed))
  }

  function drawPassage() {
    const all = tokens(), shown = shownPlace()
    let given = passage.querySelector(".given")
    if (!given) passage.replaceChildren(given = element("span", "given"))
    if (given.textContent !== data.given) given.textContent = data.given
    passage.querySelector(".cursor")?.remove()
    const chips = chipsIn(passage, all.length)
    all.forEach((token, place) => {
      const chip = chips[place]
      dress(chip, token[WORDS], channels(scale[classOf(token)]))
      chip.classList.toggle("is-chosen", token[CHOSEN])
      chip.classList.toggle("is-fork", data.forks.includes(place))
      chip.onmouseenter = chip.onfocus = () => point(place)
      chip.onclick = () => { point(place); if (!data.run) setTriggerValue("place", place) }
      chip.onkeydown = (event) => walk(event, passage, place)
    })
    markShown(chips, shown)
    if (data.run) {
      const follows = passage.scrollHeight - passage.scrollTop - passage.clientHeight < 60
      passage.append(element("span", "cursor"))
      if (follows) passage.scrollTop = passage.scrollHeight
    }
  }

  function point(place) {
    if (place === shownPlace() && place === box.pointed) return
    box.pointed = place
    markShown([...passage.querySelectorAll("button")], place)
    drawDetail()
  }

  function facts(token, place) {
    const list = element("dl", "facts")
    const { words } = data
    list.append(element("dt", "token", token[WORDS]))
    for (const [name, value] of [[words.place, place], [words.network, small(token[NETWORK])],
      [words.chain, small(token[CHAIN])], [words.rank, token[RANK]],
      [words.bits, token[NETWORK] ? (-Math.log2(token[NETWORK])).toFixed(2) : "∞"],
      [words.entropy, token[ENTROPY].toFixed(2)]]) {
      list.append(element("dt", "", name), element("dd", "", String(value)))
    }
    list.append(element("dd", "how", token[CHOSEN] ? words.by_hand : words.drawn))
    list.append(element("dd", "hint", data.canBranch ? words.hint : words.no_branch))
    return list
  }

  function alternatives(token, place) {
    const table = element("div", "alternatives")
    const { words } = data
    const head = element("div", "head")
    const [network, chain] = [element("span", "number"), element("span", "number")]
    network.append(element("i", "network"), words.network)
    chain.append(element("i", "chain"), words.chain)
    head.append(element("span", "", words.alternative), element("span"), network, chain, element("span", "", words.fate))
    table.append(head)
    const most = Math.max(...token[ALTERNATIVES].flatMap(([, , p, after]) => [p, after]), 1e-9)
    for (const [id, name, p, after, remover] of token[ALTERNATIVES]) {
      const isOwn = id === token[ID]
      const row = element("div", `row${isOwn ? " is-own" : ""}${remover ? " is-removed" : ""}`)
      const bars = element("span", "bars")
      for (const [kind, share] of [["network", p], ["chain", after]]) {
        const bar = element("i", kind)
        bar.style.width = `${(100 * share) / most}%`
        bars.append(bar)
      }
      const first = element("span", "name", name)
      const fate = isOwn ? words.written : remover ? words.removed.replace("%", remover) : ""
      row.append(first, bars, element("span", "number", small(p)), element("span", "number", small(after)),
        element("span", "", fate))
      row.title = `${name} · ${id}`
      if (data.canBranch && !isOwn) {
        const take = () => setTriggerValue("alternative", [place, id])
        first.tabIndex = 0
        first.setAttribute("role", "button")
        first.setAttribute("aria-label", `${words.branch}: ${name}, ${small(p)}, ${fate}`)
        first.onkeydown = (event) => {
          if (event.key === "Enter" || event.key === " ") { event.preventDefault(); take() }
        }
        row.onclick = take
      }
      table.append(row)
    }
    return table
  }

  function drawDetail() {
    const place = shownPlace(), token = tokens()[place]
    if (!token) {
      detail.replaceChildren(element("div", "facts", data.run ? "" : data.words.nothing))
      return
    }
    detail.replaceChildren(facts(token, place), alternatives(token, place))
  }

  const draw = () => { drawLegend(); drawPassage(); drawDetail() }
  stream().draw = draw
  draw()
  return () => { if (stream().draw === draw) stream().draw = null }
}
