function render({ data, parentElement, setTriggerValue }) {
  const label = parentElement.querySelector("label")
  const input = parentElement.querySelector("input")
  label.querySelector("span").textContent = data.label
  label.tabIndex = 0
  label.onkeydown = (event) => { if (event.key === "Enter") input.click() }
  input.onchange = async () => {
    const [file] = input.files
    if (!file) return
    // What is too large is not read; the server finds a sentence for it.
    const text = file.size <= data.most ? await file.text() : ""
    setTriggerValue("chosen", { name: file.name, size: file.size, text })
    input.value = ""
  }
}
