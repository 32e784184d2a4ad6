// Pictures are made where the figure is drawn, with its title and where its numbers come from.
async function picture(name, format, title, provenance) {
  const element = window.glassboxFigures.get(name)
  const { layout } = element
  const size = layout.template.layout.font.size
  const figure = { data: element.data, layout: { ...layout, autosize: false,
    title: { text: title, x: 0.01, subtitle: { text: provenance } },
    margin: { ...layout.template.layout.margin, ...layout.margin, t: size * 6 } } }
  const url = await window.Plotly.toImage(figure, { format, scale: format === "png" ? 2 : 1,
    width: element.clientWidth, height: element.clientHeight + size * 5 })
  const link = document.createElement("a")
  link.href = url
  link.download = `${name}.${format}`
  link.click()
}

function render({ data, parentElement }) {
  const box = parentElement.querySelector(".pictures")
  const [svg, png, link, copied] = data.labels
  const escape = (words) => words.replace(/&/g, "&amp;").replace(/</g, "&lt;")
  const actions = [
    [svg, () => picture(data.name, "svg", escape(data.title), escape(data.provenance))],
    [png, () => picture(data.name, "png", escape(data.title), escape(data.provenance))],
    [link, async (button) => {
      const address = new URL(location.href)
      address.hash = data.name
      await navigator.clipboard.writeText(address.href)
      button.textContent = copied
    }],
  ]
  box.replaceChildren(...actions.map(([label, act]) => {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = label
    button.onclick = () => act(button)
    return button
  }))
}
