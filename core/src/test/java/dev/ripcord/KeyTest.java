package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/// [Key]: a name for people, an identity for lookups.
class KeyTest {

    private final Context root = Context.background();

    @Test
    void twoKeysOfOneNameAndTypeAreTwoKeys() {
        Key<String> ours = Key.of("user", String.class);
        Key<String> theirs = Key.of("user", String.class);

        Context context = root.withValue(ours, "ada");

        assertThat(context.value(ours)).isEqualTo("ada");
        assertThat(context.value(theirs)).isNull();
        assertThat(ours).isNotEqualTo(theirs);
    }

    @Test
    void itsTextIsItsName() {
        assertThat(Key.of("user")).hasToString("user");
        assertThat(Key.of("user").name()).isEqualTo("user");
    }

    @Test
    void aTypedKeyChecksItsValues() {
        @SuppressWarnings("unchecked")
        Key<Object> raw = (Key<Object>) (Key<?>) Key.of("user", String.class);

        assertThatThrownBy(() -> root.withValue(raw, 7)).isInstanceOf(ClassCastException.class);
    }

    @Test
    void aTypedKeyTakesNullAndSubtypes() {
        Key<Number> key = Key.of("number", Number.class);

        assertThat(root.withValue(key, 7).value(key)).isEqualTo(7);
        assertThat(root.withValue(key, null).value(key)).isNull();
    }

    @Test
    void aKeyOfAPrimitiveTypeTakesItsBoxes() {
        Key<Integer> key = Key.of("attempt", int.class);

        assertThat(root.withValue(key, 7).value(key)).isEqualTo(7);
    }

    @Test
    void aKeyWithoutAClassIsForGenericTypes() {
        Key<List<String>> key = Key.of("roles");

        assertThat(root.withValue(key, List.of("admin")).value(key)).containsExactly("admin");
    }
}
