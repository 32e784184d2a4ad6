export default function ({ data, parentElement, setTriggerValue }) {
  const label = parentElement.querySelector("label")
  const input = parentElement.querySelector("input")
  label.querySelector("span").textContent = data.label
  label.tabIndex = 0
  label.onkeydown = (event) => { if (event.key === "Enter") input.click() }
  input.onchange = async () => {
    const [file] = input.files
    if (!file) return
    // What is too large is not read: the answer to an empty text is the sentence that says so.
    setTriggerValue("chosen", file.size <= data.most ? await file.text() : "")
    input.value = ""
  }
}
