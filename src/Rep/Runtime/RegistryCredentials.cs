using System.Text;

namespace Scheduler.Rep.Runtime;

/// <summary>Who asks an image's registry. Never shown: the text form has the name only.</summary>
/// <param name="User"><see cref="TokenUser"/>: the password is an identity token.</param>
public sealed record RegistryCredentials(string User, string Password)
{
    /// <summary>How Docker and its credential helpers mark an identity token, which a registry's token service takes instead of a password.</summary>
    public const string TokenUser = "<token>";

    internal bool IsIdentityToken => User == TokenUser;

    /// <summary>For messages.</summary>
    internal string Shown => IsIdentityToken ? "the identity token" : $"the credentials of {User}";

    internal string Basic => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));

    public override string ToString() => User;
}
