// Hands what has been read to predicted.js, which is on the page or will be.
export default function ({ data }) {
  const stream = (window.glassboxPredicted = window.glassboxPredicted || {})
  if (stream.news?.run === data.run && stream.news.n_read > data.n_read) return   // came late
  stream.news = data
  stream.draw?.()
}
