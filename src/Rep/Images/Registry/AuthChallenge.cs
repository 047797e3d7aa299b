using System.Net.Http.Headers;

namespace Scheduler.Rep.Images.Registry;

/// <summary>The authentication that a registry requires, from its WWW-Authenticate header.</summary>
/// <param name="Scheme">Lower case: <c>basic</c> or <c>bearer</c>.</param>
internal sealed record AuthChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>The first supported challenge; null if there is none.</summary>
    public static AuthChallenge? Of(IEnumerable<AuthenticationHeaderValue> headers) =>
        headers
            .Select(header => new AuthChallenge(header.Scheme.ToLowerInvariant(), Parse(header.Parameter ?? "")))
            .Where(challenge => challenge.Scheme is "basic" || (challenge.Scheme is "bearer" && challenge.Parameters.ContainsKey("realm")))
            .OrderBy(challenge => challenge.Scheme is "bearer" ? 0 : 1)
            .FirstOrDefault();

    /// <summary><c>name=value</c> pairs separated by commas; values may be quoted, and quoted values may contain commas.</summary>
    public static IReadOnlyDictionary<string, string> Parse(string text)
    {
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var at = 0;
        while (at < text.Length)
        {
            var equals = text.IndexOf('=', at);
            if (equals < 0)
                break;
            var name = text[at..equals].Trim(' ', ',', '\t');
            var value = new System.Text.StringBuilder();
            at = equals + 1;
            if (at < text.Length && text[at] == '"')
            {
                for (at++; at < text.Length && text[at] != '"'; at++)
                {
                    if (text[at] == '\\' && at + 1 < text.Length)
                        at++;
                    value.Append(text[at]);
                }

                at = text.IndexOf(',', Math.Min(at, text.Length)) is >= 0 and var comma ? comma + 1 : text.Length;
            }
            else
            {
                var end = text.IndexOf(',', at) is >= 0 and var comma ? comma : text.Length;
                value.Append(text[at..end].Trim());
                at = end + 1;
            }

            parameters[name] = value.ToString();
        }

        return parameters;
    }
}
