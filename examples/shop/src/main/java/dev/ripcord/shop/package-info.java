/// A three-tier service, cancelled from the socket to the SQL statement: code to copy.
///
/// A request passes a [dev.ripcord.shop.Middleware], a method of [dev.ripcord.shop.Handlers], a service
/// ([dev.ripcord.shop.ProductService], [dev.ripcord.shop.OrderService]) and a repository or the
/// [dev.ripcord.shop.UserClient]. Each takes the request's context as its first parameter.
@NullMarked
package dev.ripcord.shop;

import org.jspecify.annotations.NullMarked;
