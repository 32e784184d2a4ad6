// Hands what has come to written.js, which is on the page or will be.
export default function ({ data }) {
  const stream = (window.glassboxWritten = window.glassboxWritten || {})
  if (stream.news?.run === data.run && stream.news.tokens.length > data.tokens.length) return   // came late
  stream.news = data
  stream.draw?.()
}
