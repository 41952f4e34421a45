/** Most rows of a piece: what they become is made in one go, while nobody else gets anything. */
export const pieceRows = 2_000
/** What a piece weighs at most, bytes, and one row more. */
export const pieceBytes = 1_048_576
/** So many are read at once, whatever they weigh: two full-size rows of 1 MiB for each of these must fit into memory. */
export const fewRows = 128
