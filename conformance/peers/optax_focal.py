"""optax.sigmoid_focal_loss, float32, its gradient by JAX. It has no reduction: NumPy adds its losses up, in float32."""

from process import serve


def load():
    import jax
    import jax.numpy as jnp
    import numpy as np
    import optax

    @jax.jit
    def parts(x, y, gamma, alpha):
        def total(x):
            each = optax.sigmoid_focal_loss(x, y, alpha=alpha, gamma=gamma)
            return jnp.sum(each), each

        (_, each), grad = jax.value_and_grad(total, has_aux=True)(x)
        return each, grad

    def answer(logits, targets, gamma, alpha, reduction):
        # Lengths that are compiled are few: what is added is cut off again.
        n = len(logits)
        x, y = (np.zeros(1 << max(n - 1, 1).bit_length(), np.float32) for _ in range(2))
        x[:n], y[:n] = logits, targets
        value, grad = (np.asarray(part)[:n] for part in parts(x, y, gamma, alpha))
        if reduction == "none":
            return value.tolist(), grad.tolist()
        if reduction == "sum":
            return float(value.sum()), grad.tolist()
        return float(value.mean()) if n else float("nan"), (grad / np.float32(max(n, 1))).tolist()

    return answer


serve("optax", "float32", ["optax", "jax"], load)
