/** Most rows of a piece: what they become is made in one go, while nobody else gets anything. */
export const pieceRows = 2_000
/** What a piece weighs at most, bytes, and one row more. */
export const pieceBytes = 1_048_576
/** So many are asked for at once where little is expected, and taken when they weigh less than this, bytes. */
export const fewRows = 128
export const fewBytes = 4 * pieceBytes
