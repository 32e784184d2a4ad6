// The stages that are on, as a row that is reordered by dragging, by its buttons or by the keyboard.
function made(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

function choice(label, entries, chosen, onchange) {
  const box = made("select", { onchange: () => onchange(box.value) },
    ...entries.map(([value, words]) => made("option", { value, textContent: words })))
  box.setAttribute("aria-label", label)
  box.title = label
  box.value = chosen
  return box
}

function render({ data, parentElement, setTriggerValue }) {
  const row = parentElement.querySelector(".chain")
  const codes = data.on.map(([code]) => code)
  const { words } = data
  const focused = row.getRootNode().activeElement?.closest("li")?.dataset.code ?? row.dataset.follow
  delete row.dataset.follow

  function put(changed, follow) {
    if (follow) row.dataset.follow = follow   // what is moved by the keyboard keeps the focus
    setTriggerValue("steps", changed)
  }

  function move(code, to) {
    if (to < 0 || to >= codes.length) return
    const others = codes.filter((one) => one !== code)
    others.splice(to, 0, code)
    put(others, code)
  }

  function stage([code, name], place) {
    const button = (sign, label, disabled, onclick) => {
      const made_ = made("button", { type: "button", textContent: sign, disabled, onclick, title: label })
      made_.setAttribute("aria-label", `${name}: ${label}`)
      return made_
    }
    const item = made("li", { draggable: true, tabIndex: 0 }, made("span", { textContent: name }),
      button("‹", words.earlier, place === 0, () => move(code, place - 1)),
      button("›", words.later, place === codes.length - 1, () => move(code, place + 1)),
      button("×", words.remove, false, () => put(codes.filter((one) => one !== code))))
    item.dataset.code = code
    item.setAttribute("aria-label", `${place + 1}. ${name}. ${words.keys}`)
    item.title = words.keys
    item.onkeydown = ({ key, target }) => {
      if (target !== item) return
      if (key === "ArrowLeft") move(code, place - 1)
      if (key === "ArrowRight") move(code, place + 1)
      if (key === "Delete" || key === "Backspace") put(codes.filter((one) => one !== code))
    }
    item.ondragstart = (event) => {
      row.carried = code
      event.dataTransfer.effectAllowed = "move"
      event.dataTransfer.setData("text/plain", code)
      item.classList.add("is-carried")
    }
    item.ondragover = (event) => {
      if (!row.carried || row.carried === code) return
      event.preventDefault()
      item.classList.add(codes.indexOf(row.carried) < place ? "is-target-after" : "is-target")
    }
    item.ondragleave = () => item.classList.remove("is-target", "is-target-after")
    item.ondrop = (event) => {
      event.preventDefault()
      if (row.carried && row.carried !== code) move(row.carried, place)
    }
    item.ondragend = () => {
      row.carried = null
      for (const one of row.querySelectorAll("li")) one.classList.remove("is-carried", "is-target", "is-target-after")
    }
    return item
  }

  const list = made("ol", {}, ...data.on.flatMap((one, place) =>
    [made("span", { className: "end", textContent: "→", ariaHidden: "true" }), stage(one, place)]))
  list.setAttribute("aria-label", words.label)
  const ends = [words.start, words.end].map((text) => made("span", { className: "end", textContent: text }))
  row.replaceChildren(ends[0], list, made("span", { className: "end", textContent: "→", ariaHidden: "true" }), ends[1])
  if (data.off.length) row.append(choice(words.add, [["", words.add], ...data.off], "", (code) => put([...codes, code], code)))
  const order = choice(words.order, [...(data.order ? [] : [["", words.own]]), ...data.orders], data.order,
    (code) => setTriggerValue("order", code))
  row.append(made("span", { className: "apart" }, made("span", { className: "end", textContent: words.order }), order))
  if (focused) row.querySelector(`li[data-code="${focused}"]`)?.focus({ preventScroll: true })
}
