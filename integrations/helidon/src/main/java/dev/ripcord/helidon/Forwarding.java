package dev.ripcord.helidon;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An object that is another but for a few answers.
///
/// A proxy rather than a class that delegates: Helidon's interfaces grow by default methods, which such a class would
/// not forward, and one of them decides on security.
///
/// It is also the way from a request to its connection: Helidon hands every request the listener's context, and ours
/// belongs to one connection.
///
/// @param target whom to ask
/// @param connection to whom it belongs
/// @param answers by the name of a method without parameters
record Forwarding(Object target, Connection connection, Map<String, Object> answers) implements InvocationHandler {

    /// Such an object.
    static <T> T to(T target, Class<T> type, Connection connection, Map<String, Object> answers) {
        return type.cast(Proxy.newProxyInstance(
                Forwarding.class.getClassLoader(), new Class<?>[] {type}, new Forwarding(target, connection, answers)));
    }

    static Connection connectionOf(Object object) {
        return Proxy.isProxyClass(object.getClass())
                        && Proxy.getInvocationHandler(object) instanceof Forwarding forwarding
                ? forwarding.connection
                : Connection.UNWATCHED;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        Object answer = answers.get(method.getName());
        if (answer != null) {
            return answer;
        }
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
