using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Scheduler.Router.Proxy;

/// <summary>
/// Keeps a client with the instance that holds its session, as gorouter does: when an application sets its session cookie, the router adds
/// <c>__VCAP_ID__</c> with the instance, and requests that bring both cookies go to that instance while it exists.
/// </summary>
internal sealed class StickySession(IReadOnlyCollection<string> cookies)
{
    public const string Cookie = "__VCAP_ID__";

    private static readonly SearchValues<char> Token = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    );

    /// <summary>The instance that the client had before; empty for none.</summary>
    public string Preferred(HttpRequest request)
    {
        if (cookies.Count == 0 || request.Headers.Cookie.Count == 0)
            return "";
        return request.Cookies[Cookie] is { Length: > 0 } instance && cookies.Any(request.Cookies.ContainsKey) ? instance : "";
    }

    /// <param name="preferred">What the client asked for.</param>
    /// <param name="instance">The instance that answered.</param>
    /// <param name="path">The route's path.</param>
    public void Apply(HttpResponse response, string preferred, string instance, string path, bool isTls)
    {
        if (instance.Length == 0 || instance.AsSpan().ContainsAnyExcept(Token))
            return;
        var session = Session(response.Headers.SetCookie, out var setsOwn);
        if (setsOwn || (session is null && (preferred.Length == 0 || preferred == instance)))
            return;
        var cookie = new SetCookieHeaderValue(Cookie, instance)
        {
            Path = path.Length > 0 ? path : "/",
            HttpOnly = true,
            Secure = session?.Secure ?? isTls,
            SameSite = session?.SameSite ?? Microsoft.Net.Http.Headers.SameSiteMode.Unspecified,
            MaxAge = session?.MaxAge,
            Expires = session?.Expires,
        };
        response.Headers.Append(HeaderNames.SetCookie, cookie.ToString());
    }

    private SetCookieHeaderValue? Session(StringValues set, out bool setsOwn)
    {
        SetCookieHeaderValue? session = null;
        setsOwn = false;
        foreach (var text in set)
        {
            if (!SetCookieHeaderValue.TryParse(text, out var cookie))
                continue;
            setsOwn |= cookie.Name == Cookie;
            if (cookies.Contains(cookie.Name.ToString()))
                session = cookie;
        }

        return session;
    }
}
