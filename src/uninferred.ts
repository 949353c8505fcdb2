/**
 * `T`, but never inferred from here. In a result, it keeps what somebody expects of a stream from deciding what its values
 * are. (Editors show `NoInfer` around every object; of this nothing is left once `T` is known.)
 */
export type Uninferred<T> = [T][T extends unknown ? 0 : never];
