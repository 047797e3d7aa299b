using Scheduler.Models;

namespace Scheduler.Client.Apply;

/// <summary>Credentials for an image's registry may have been given beside the file. They are for one registry only.</summary>
internal static class Credentials
{
    /// <summary>Whether work keeps the credentials that it has, because its document names none and the same registry.</summary>
    public static bool Stay(string currentImage, string currentUser, string wantedImage, string wantedUser) =>
        wantedUser.Length == 0 && currentUser.Length > 0 && RegistryOf(currentImage) is { } registry && RegistryOf(wantedImage) == registry;

    private static string? RegistryOf(string image) => ImageName.TryParseUrl(image, out var name, out _) ? name.Host : null;
}
